"""The rule on the receptive field: over the limit, in pixels, before global pooling."""

import math
from collections.abc import Iterator
from itertools import combinations

from core.analysis.rules.case import NOT_DETERMINED, Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import Change, Editable, RuleRecord
from core.analysis.summary.inspection import flat

_Option = tuple[float, Change]  # pixels gained


def _decide(case: Case) -> Verdict:
    field = case.inspection.receptive_field
    if field is None:
        return Verdict(None, None, NOT_DETERMINED, why=case.inspection.undetermined)
    last = case.structure.last_map
    growing = [f"{op.label} +{gain:g}" for gain, op in case.structure.growth[:3]]
    return Verdict(
        case.requirement.met_by(min(field)),
        min(field),
        flat(field),
        (last.label,) if last else (),
        f"It grows most at {', '.join(growing)}." if growing else "Nothing makes it grow.",
    )


def _candidates(network: Editable) -> Iterator[Change]:
    """Dilation, which costs no parameters: one layer if one will do, then two, then more."""
    missing = network.case.requirement.limit - min(network.case.inspection.receptive_field or (1,))
    options = _dilations(network)
    yield from (change for gain, change in options if gain > missing)
    pairs = [
        (one[0] + two[0], one[1].with_(two[1]))
        for one, two in combinations(options, 2)
        if one[1].modules.keys() != two[1].modules.keys() and one[0] + two[0] > missing
    ]
    for _, change in sorted(pairs, key=lambda entry: entry[0]):
        yield change
    best: dict[str, _Option] = {}
    for gain, change in options:
        path = next(iter(change.modules))
        if gain > best.get(path, (0.0, change))[0]:
            best[path] = (gain, change)
    together = None
    for _, change in sorted(best.values(), key=lambda entry: -entry[0]):
        together = change if together is None else together.with_(change)
        yield together


def _dilations(network: Editable) -> list[_Option]:
    """Every convolution with more dilation, the smallest gain first."""
    from core.analysis.rules.smallest_change.replacements import dilated_conv, fits

    options: list[_Option] = []
    for op, conv in network.convs():
        for dilation in (2, 3, 4):
            new = dilated_conv(conv, dilation)
            if new is None or not fits(op.in_shape, conv, dilation):
                continue
            added = (min(conv.kernel_size) - 1) * (dilation - min(conv.dilation))
            gain = added * network.case.structure.jump_before(op)
            options.append((gain, Change(f"give {op.layer} dilation {dilation}", {op.layer: new})))
    return sorted(options, key=lambda entry: entry[0])


def _advice(case: Case, verdict: Verdict) -> str:
    missing = case.requirement.limit + 1 - (verdict.value or 1)
    last = case.structure.last_map
    jump = min(last.jump) if last is not None and last.jump else 1.0
    layers = math.ceil(missing / (2 * jump))
    words = "one more 3x3 convolution" if layers == 1 else f"{layers} more 3x3 convolutions"
    return (
        f"add {words} at the end, each of which adds 2 × {jump:g} pixels there, or shrink the map "
        "earlier, so that each adds more."
    )


RECORD = RuleRecord(
    name="receptive_field",
    title="Receptive field",
    place=2,
    requirement=lambda limits: Requirement(
        limits.receptive_field, Comparison.OVER, "pixels before pooling"
    ),
    decide=_decide,
    candidates=_candidates,
    advice=_advice,
)
