"""The rule on size: fewer parameters than the limit."""

import math
from collections.abc import Iterator

from core.analysis.rules.case import Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import Change, Editable, RuleRecord


def _decide(case: Case) -> Verdict:
    count = case.inspection.parameters
    largest = sorted(case.inspection.rows, key=lambda row: -row.parameters)[:3]
    shares = [f"{row.name} {row.parameters / max(count, 1):.0%}" for row in largest]
    return Verdict(
        case.requirement.met_by(count),
        count,
        layers=tuple(row.name for row in largest),
        why=f"The largest shares: {', '.join(shares)}.",
    )


def _candidates(network: Editable) -> Iterator[Change]:
    """One layer if one will do (the one that just suffices), else the largest till it is enough."""
    from core.analysis.rules.smallest_change.edits import averaged_classifiers
    from core.analysis.rules.smallest_change.replacements import count, separable_conv

    excess = network.case.inspection.parameters - network.case.requirement.limit + 1
    options: list[tuple[int, Change]] = []
    for op, conv in network.convs():
        new = separable_conv(conv)
        if new is not None:
            words = f"make {op.layer} depthwise-separable"
            options.append((count(conv) - count(new), Change(words, {op.layer: new})))
    options += [(saved, change) for saved, change in averaged_classifiers(network)]
    options = sorted((entry for entry in options if entry[0] > 0), key=lambda entry: -entry[0])
    enough = [entry for entry in options if entry[0] >= excess]
    if enough:
        yield from (change for _, change in sorted(enough, key=lambda entry: entry[0]))
        return
    total, together = 0, None
    for saving, change in options:
        total += saving
        together = change if together is None else together.with_(change)
        if total >= excess:
            yield together
            return


def _advice(case: Case, verdict: Verdict) -> str:
    factor = math.floor(100 * math.sqrt(case.requirement.limit / case.inspection.parameters)) / 100
    return (
        f"make every layer about {factor:g} times as wide, for parameters go with the square of "
        "the channels; depthwise-separable convolutions alone do not save enough."
    )


RECORD = RuleRecord(
    name="parameters",
    title="Few parameters",
    place=1,
    requirement=lambda limits: Requirement(limits.max_parameters, Comparison.UNDER, "parameters"),
    decide=_decide,
    needs_pass=False,
    candidates=_candidates,
    advice=_advice,
)
