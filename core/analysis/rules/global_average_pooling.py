"""The rule that asks for global average pooling before the classes."""

from collections.abc import Iterator

from core.analysis.poolings.record import PoolingKind
from core.analysis.receptive_field.collapse import Collapse
from core.analysis.rules.case import (
    NO_NUMBERS,
    NOT_DETERMINED,
    Case,
    Comparison,
    Requirement,
    Verdict,
)
from core.analysis.rules.record import Change, Editable, RuleRecord

_LEARNED = ("linear", "convolution")
_OPEN = ("map", "image")  # how a direction "ends" that never does


def _decide(case: Case) -> Verdict:
    ends, operations = case.inspection.collapses, case.inspection.operations
    poolings = case.inspection.poolings or ()
    averages = {p.operation for p in poolings if p.whole and p.kind is PoolingKind.AVERAGE}
    labels = tuple(
        dict.fromkeys(operations[end.operation].label for end in ends if end.operation >= 0)
    )
    missed = [end for end in ends if end.operation not in averages]
    unknown = _undetermined(case, missed)
    if unknown:
        return Verdict(None, None, NOT_DETERMINED, labels, unknown)
    kinds = " and ".join(sorted({_kind(end) for end in missed}))
    if not missed:
        why = f"{' and '.join(labels)} averages over the whole map."
    elif any(end.kind in _OPEN for end in missed):
        why = "The output is still a map: nothing averages over it."
    else:
        why = f"The map ends in {' and '.join(labels)}, by {kinds}."
    measured = kinds if missed else "average over the whole map"
    return Verdict(not missed, float(not missed), measured, labels, why)


def _undetermined(case: Case, missed: list[Collapse]) -> str:
    """Why it is not known whether these are averages; "" where it is."""
    poolings = case.inspection.poolings
    lost = next((end.unknown for end in missed if end.unknown), "")
    if lost:
        return lost
    if not missed or any(end.kind in (*_OPEN, *_LEARNED) for end in missed):
        return ""
    if poolings is None:
        return NO_NUMBERS
    unknown = {p.operation for p in poolings if p.kind is PoolingKind.UNKNOWN}
    names: list[str] = [
        case.inspection.operations[e.operation].label for e in missed if e.operation in unknown
    ]
    return f"What {names[0]} computes of the map could not be measured." if names else ""


def _kind(end: Collapse) -> str:
    if end.kind == PoolingKind.AVERAGE:
        return "an average over a part of the map, or with unequal weights"
    return end.kind


def _candidates(network: Editable) -> Iterator[Change]:
    from core.analysis.rules.smallest_change.edits import averaged_classifiers
    from core.analysis.rules.smallest_change.replacements import pooled_by_average

    inspection = network.case.inspection
    for end in inspection.collapses:
        if end.operation < 0:
            continue
        op = inspection.operations[end.operation]
        if op.label != op.layer or not op.layer:
            continue
        averaged = pooled_by_average(network.model.get_submodule(op.layer))
        if averaged is not None:
            yield Change(f"average in {op.layer} instead", {op.layer: averaged})
    yield from (change for _, change in averaged_classifiers(network))


def _advice(case: Case, verdict: Verdict) -> str:
    return "end forward with x.mean((2, 3)), or nn.AdaptiveAvgPool2d(1), on the last map."


RECORD = RuleRecord(
    name="global_average_pooling",
    title="Global average pooling",
    place=6,
    requirement=lambda limits: Requirement(
        1, Comparison.AT_LEAST, "average over the whole map, before the classes"
    ),
    decide=_decide,
    candidates=_candidates,
    advice=_advice,
)
