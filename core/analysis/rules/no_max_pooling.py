"""The rule that forbids max pooling, in any spelling."""

from collections.abc import Iterator

from core.analysis.rules.case import Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import Change, Editable, RuleRecord


def _decide(case: Case) -> Verdict:
    found = case.structure.max_poolings
    labels = tuple(op.label for op in found)
    return Verdict(
        case.requirement.met_by(len(found)),
        len(found),
        layers=labels,
        why=f"A largest value of neighbors is taken in {', '.join(labels)}."
        if found
        else "No operation takes the largest value of neighboring positions.",
    )


def _candidates(network: Editable) -> Iterator[Change]:
    from core.analysis.rules.smallest_change.edits import without_pooling

    yield from without_pooling(network, network.case.structure.max_poolings)


def _advice(case: Case, verdict: Verdict) -> str:
    return (
        f"leave {' and '.join(verdict.layers)} out and give the convolution before stride 2, or "
        "average with avg_pool2d."
    )


RECORD = RuleRecord(
    name="no_max_pooling",
    title="No max pooling",
    place=5,
    requirement=lambda limits: Requirement(0, Comparison.AT_MOST, "max pooling, in any spelling"),
    decide=_decide,
    candidates=_candidates,
    advice=_advice,
)
