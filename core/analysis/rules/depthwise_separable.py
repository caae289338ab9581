"""The rule that asks for a depthwise-separable convolution."""

from collections.abc import Iterator

from core.analysis.rules.case import Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import Change, Editable, RuleRecord
from core.analysis.rules.structure import Structure, size_text
from core.analysis.summary.inspection import Operation


def _decide(case: Case) -> Verdict:
    pairs, misses = _pairs(case.structure)
    named = [f"{first.label} then {second.label}" for first, second in pairs]
    why = f"Depthwise, then pointwise: {'; '.join(named)}." if pairs else " ".join(misses)
    return Verdict(
        case.requirement.met_by(len(pairs)),
        len(pairs),
        layers=tuple(op.label for pair in pairs for op in pair),
        why=why or "No convolution has as many groups as it has input channels.",
    )


def _pairs(structure: Structure) -> tuple[list[tuple[Operation, Operation]], list[str]]:
    """Depthwise-separable pairs, and for what comes near why it is none."""
    pairs, misses = [], []
    for op in structure.convolutions:
        inputs = op.channels[0] if op.channels else 0
        if not (op.groups and op.groups == inputs and inputs > 1 and op.kernel):
            continue
        following = structure.next_layers(op)
        pointwise = [entry for entry in following if _is_pointwise(structure, entry)]
        if max(op.kernel) > 1 and pointwise:
            pairs.append((op, pointwise[0]))
        else:
            misses.append(_miss(op, following))
    return pairs, misses


def _miss(op: Operation, following: list[Operation]) -> str:
    after = ", ".join(f"{entry.label} ({size_text(entry)})" for entry in following)
    if max(op.kernel or (1,)) > 1:
        words = f"{op.label} is depthwise {size_text(op)}, but no pointwise 1x1 convolution follows"
        return words + (f": {after} does." if after else ".")
    words = (
        f"{op.label} is depthwise, but its kernel is {size_text(op)}: it only scales each channel "
        "and looks at no neighbors"
    )
    mixing = f"; the mixing of neighbors and channels is done at once by {after}."
    return words + (mixing if after else ".")


def _is_pointwise(structure: Structure, op: Operation) -> bool:
    if op.kind == "linear":  # channels last: a product along the channels of every position
        return bool(op.axes)
    single = op.kind == "convolution" and op.groups == 1 and max(op.kernel or (0, 0)) == 1
    return single and structure.map_before(op)  # not within a gate, on a map that was pooled


def _candidates(network: Editable) -> Iterator[Change]:
    """Put a near miss right; else the full convolution that saves most."""
    from core.analysis.rules.smallest_change.replacements import (
        count,
        separable_conv,
        widened_depthwise,
    )

    for op, conv in network.convs():
        following = network.case.structure.next_layers(op)
        full = network.conv(following[0]) if following else None
        if conv.groups == conv.in_channels > 1 == max(conv.kernel_size) and full is not None:
            pair = widened_depthwise(conv, full)
            if pair is not None:
                name = following[0].layer
                words = f"give {op.layer} a 3x3 kernel and make {name} 1x1"
                yield Change(words, {op.layer: pair[0], name: pair[1]})
    options = []
    for op, conv in network.convs():
        new = separable_conv(conv)
        if new is not None and conv.in_channels > 3:
            words = f"make {op.layer} depthwise-separable"
            options.append((count(conv) - count(new), Change(words, {op.layer: new})))
    for _, change in sorted(options, key=lambda entry: -entry[0]):
        yield change


def _advice(case: Case, verdict: Verdict) -> str:
    return (
        "write one convolution as nn.Conv2d(c, c, 3, padding=1, groups=c) and nn.Conv2d(c, d, 1)."
    )


RECORD = RuleRecord(
    name="depthwise_separable",
    title="Depthwise-separable convolution",
    place=3,
    requirement=lambda limits: Requirement(
        1,
        Comparison.AT_LEAST,
        "depthwise kernel over 1x1, a pointwise 1x1 convolution after it",
    ),
    decide=_decide,
    candidates=_candidates,
    advice=_advice,
)
