"""The assignment's sentence on augmentation, clause by clause, against a policy.

"horizontal flip; shiftScaleRotate; coarseDropout (max_holes = 1, max_height=16px, max_width=16,
min_holes = 1, min_height=16px, min_width=16px, fill_value=(mean of your dataset), mask_fill_value =
None)"
"""

from dataclasses import dataclass

from core.analysis.rules.case import NOT_MEASURED, Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import RuleRecord
from core.analysis.rules.thresholds import Thresholds
from core.augment.policy import Policy, Transform


@dataclass(frozen=True)
class Clause:
    """One clause: what is asked, whether it is met, what was found, and what to do if it is not."""

    asked: str
    passed: bool
    found: str
    advice: str = ""


def clauses(policy: Policy, limits: Thresholds) -> tuple[Clause, ...]:
    """Every clause of the sentence, in its order."""
    hole = _first(policy, "CoarseDropout")
    return (
        _flip(_first(policy, "HorizontalFlip")),
        _shift(_first(policy, "ShiftScaleRotate")),
        Clause(
            "coarseDropout",
            hole is not None,
            _often(hole),
            "" if hole else "Add coarse dropout.",
        ),
        *_size(hole, "num_holes_range", "holes", limits.holes, ""),
        *_size(hole, "hole_height_range", "height", limits.hole_height, " px"),
        *_size(hole, "hole_width_range", "width", limits.hole_width, " px"),
        _fill(policy, hole),
        Clause("mask_fill_value = None", hole is not None, "masks are never touched here"),
    )


def _first(policy: Policy, name: str) -> Transform | None:
    return next((t for t in policy.transforms if t.name == name and t.parameters["p"] > 0), None)


def _often(found: Transform | None) -> str:
    return f"in {100 * found.parameters['p']:g}% of the images" if found else "missing"


def _flip(found: Transform | None) -> Clause:
    return Clause(
        "horizontal flip", found is not None, _often(found), "" if found else "Add a flip."
    )


def _shift(found: Transform | None) -> Clause:
    asked = "shiftScaleRotate"
    if found is None:
        return Clause(asked, False, "missing", "Add shift, scale, rotate.")
    still = [
        word
        for word, name in (("shift", "shift_limit"), ("scale", "scale_limit"),
                           ("rotate", "rotate_limit"))
        if not any(found.parameters[name])
    ]  # fmt: skip
    if still:
        return Clause(asked, False, f"{' and '.join(still)} 0", f"Raise {' and '.join(still)}.")
    return Clause(asked, True, _often(found))


def _size(
    hole: Transform | None, name: str, kind: str, required: int, unit: str
) -> tuple[Clause, Clause]:
    made = []
    for end, word in ((1, "max"), (0, "min")):
        asked = f"{word}_{kind} = {required}{unit}"
        value = hole.parameters[name][end] if hole else None
        found = "missing" if value is None else f"{value:g}{unit if value >= 1 else ' of the side'}"
        advice = "" if value == required else f"Set {name} to ({required}, {required})."
        made.append(Clause(asked, value == required, found, advice))
    return made[0], made[1]


def _fill(policy: Policy, hole: Transform | None) -> Clause:
    asked = "fill_value = mean of the data set"
    if hole is None:
        return Clause(asked, False, "missing", "Add coarse dropout.")
    fill = hole.parameters["fill"]
    place = policy.transforms.index(hole)
    after = any(entry.record.level == "normalize" for entry in policy.transforms[:place])
    if after:
        zero = fill == (0.0, 0.0, 0.0)  # which is what the mean has become
        found = (
            "0, which is the mean after Normalize" if zero else f"{_shown(fill)}, after Normalize"
        )
        advice = "" if zero else "Put the hole before Normalize."
        return Clause(asked, zero, found, advice)
    passed = fill == "mean"
    return Clause(asked, passed, _shown(fill), "" if passed else "Set fill to the mean.")


def _shown(fill: object) -> str:
    names = {"mean": "the mean", "unscaled_mean": "the mean, not scaled to pixel values"}
    if isinstance(fill, tuple):
        return "black" if not any(fill) else ", ".join(f"{x:g}" for x in fill)
    return names.get(str(fill), str(fill))


def _decide(case: Case) -> Verdict:
    if case.policy is None:
        return Verdict(None, None, NOT_MEASURED, why="No policy was given.")
    found = clauses(case.policy, case.limits)
    missed = [clause for clause in found if not clause.passed]
    wrong = "; ".join(f"{clause.asked}: {clause.found}" for clause in missed)
    return Verdict(
        not missed,
        len(found) - len(missed),
        ", ".join(entry.name for entry in case.policy.transforms) or "none",
        why=f"{wrong}." if missed else "All three are there, with their settings.",
    )


def _advice(case: Case, verdict: Verdict) -> str:
    found = clauses(case.policy or Policy(), case.limits)
    missed = " ".join(clause.advice for clause in found if not clause.passed and clause.advice)
    return f"Choose the policy 'assignment', or put right: {missed}"


RECORD = RuleRecord(
    name="augmentations",
    title="The three augmentations",
    place=8,
    requirement=lambda limits: Requirement(
        len(clauses(Policy(), limits)),
        Comparison.AT_LEAST,
        "clauses of horizontal flip, shift-scale-rotate and coarse dropout as in the assignment",
    ),
    decide=_decide,
    needs_pass=False,
    advice=_advice,
)
