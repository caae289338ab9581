"""The rule that forbids max pooling, in any spelling."""

from collections.abc import Iterator

from core.analysis.poolings.record import PoolingKind
from core.analysis.rules.case import (
    NO_NUMBERS,
    NOT_DETERMINED,
    Case,
    Comparison,
    Requirement,
    Verdict,
)
from core.analysis.rules.record import Change, Editable, RuleRecord
from core.analysis.summary.inspection import Operation


def _decide(case: Case) -> Verdict:
    found, undetermined = _found(case), _undetermined(case)
    labels = tuple(op.label for op in found or undetermined)
    if not found and undetermined:
        why = f"What {', '.join(labels)} computes of neighboring positions could not be measured."
        return Verdict(None, None, NOT_DETERMINED, labels, why)
    if not found and case.inspection.poolings is None:
        return Verdict(None, None, NOT_DETERMINED, why=NO_NUMBERS)
    return Verdict(
        case.requirement.met_by(len(found)),
        len(found),
        layers=labels,
        why=f"A largest value of neighbors is taken in {', '.join(labels)}."
        if found
        else "No operation takes the largest value of neighboring positions.",
    )


def _found(case: Case) -> list[Operation]:
    """What takes the largest (or smallest) of neighbors; not to weigh a map by it, as gates do."""
    operations, poolings = case.inspection.operations, case.inspection.poolings
    if poolings is None:
        return [op for op in operations if op.kind == PoolingKind.LARGEST and _is_wide(op)]
    largest = [p for p in poolings if p.kind is PoolingKind.LARGEST and not p.gate]
    return [operations[p.operation] for p in largest]


def _is_wide(op: Operation) -> bool:
    return max(op.kernel or (1, 1)) > 1


def _undetermined(case: Case) -> list[Operation]:
    poolings = case.inspection.poolings or ()
    unknown = [p.operation for p in poolings if p.kind is PoolingKind.UNKNOWN]
    return [case.inspection.operations[index] for index in unknown]


def _candidates(network: Editable) -> Iterator[Change]:
    from core.analysis.rules.smallest_change.edits import without_pooling

    yield from without_pooling(network, _found(network.case))


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
