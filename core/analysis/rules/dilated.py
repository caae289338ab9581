"""The rule that asks for a dilated convolution."""

from collections.abc import Iterator

from core.analysis.rules.case import Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import Change, Editable, RuleRecord
from core.analysis.summary.formats import pair_text


def _decide(case: Case) -> Verdict:
    found = case.structure.dilated
    idle = [
        f"{op.label} has dilation {pair_text(op.dilation)} on a {pair_text(op.kernel)} kernel, "
        "which does nothing."
        for op in case.structure.convolutions
        if op not in found and op.dilation and max(op.dilation) > 1
    ]
    named = [
        f"{op.label} ({pair_text(op.kernel)}, dilation {pair_text(op.dilation)})" for op in found
    ]
    why = f"Dilated: {', '.join(named)}." if found else " ".join(idle)
    return Verdict(
        case.requirement.met_by(len(found)),
        len(found),
        layers=tuple(op.label for op in found),
        why=why or "Every convolution has dilation 1.",
    )


def _candidates(network: Editable) -> Iterator[Change]:
    """The convolution whose dilated kernel still fits its map and gains most."""
    from core.analysis.rules.smallest_change.replacements import dilated_conv, fits

    options = []
    for op, conv in network.convs():
        new = dilated_conv(conv, 2)
        if new is not None and fits(op.in_shape, conv, 2) and max(conv.stride) == 1:
            gain = network.case.structure.jump_before(op)
            options.append((gain, Change(f"give {op.layer} dilation 2", {op.layer: new})))
    for _, change in sorted(options, key=lambda entry: -entry[0]):
        yield change


def _advice(case: Case, verdict: Verdict) -> str:
    return "give one convolution with a 3x3 kernel dilation=2 and padding=2."


RECORD = RuleRecord(
    name="dilated",
    title="Dilated convolution",
    place=4,
    requirement=lambda limits: Requirement(1, Comparison.AT_LEAST, "dilated convolution over 1x1"),
    decide=_decide,
    candidates=_candidates,
    advice=_advice,
)
