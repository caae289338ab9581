"""The rule on accuracy, in percent of the test images."""

from core.analysis.rules.case import NOT_MEASURED, Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import RuleRecord


def _decide(case: Case) -> Verdict:
    if case.accuracy is None:
        return Verdict(None, None, NOT_MEASURED, why="Train it, or name a run.")
    return Verdict(case.requirement.met_by(case.accuracy), round(case.accuracy, 2))


def _advice(case: Case, verdict: Verdict) -> str:
    missing = case.requirement.limit - (case.accuracy or 0)
    return f"{missing:.2f} points are missing: train longer, or on more varied images."


RECORD = RuleRecord(
    name="accuracy",
    title="Accuracy",
    place=9,
    requirement=lambda limits: Requirement(
        limits.accuracy, Comparison.AT_LEAST, "% of the test images"
    ),
    decide=_decide,
    needs_pass=False,
    advice=_advice,
)
