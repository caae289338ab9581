"""The rule that asks for global average pooling before the classes."""

from collections.abc import Iterator

from core.analysis.receptive_field.collapse import Collapse
from core.analysis.rules.case import Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import Change, Editable, RuleRecord
from core.analysis.rules.structure import Structure

_AVERAGE = "average pooling"


def _decide(case: Case) -> Verdict:
    ends, operations = case.inspection.collapses, case.inspection.operations
    kinds = sorted({_kind(case.structure, end) for end in ends})
    labels = tuple(
        dict.fromkeys(operations[end.operation].label for end in ends if end.operation >= 0)
    )
    passed = kinds == [_AVERAGE]
    if passed:
        why = f"{' and '.join(labels)} averages over the whole map."
    elif {"map", "image"} & {*kinds}:
        why = "The output is still a map: nothing averages over it."
    else:
        why = f"The map ends in {' and '.join(labels)}, by {' and '.join(kinds)}."
    measured = "average over the whole map" if passed else " and ".join(kinds)
    return Verdict(passed, float(passed), measured, labels, why)


def _kind(structure: Structure, end: Collapse) -> str:
    """How a direction of the image ends; a sum that is divided is an average."""
    users = structure.users.get(end.operation, [])
    if end.kind == "sum pooling" and any(user.kind == "quotient" for user in users):
        return _AVERAGE
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
