"""The rule on blocks, C1 to C4: cut by strided convolutions or, for the bonus, dilated ones."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.analysis.poolings.record import PoolingKind
from core.analysis.rules.case import Case, Comparison, Requirement, Verdict
from core.analysis.rules.record import Change, Editable, RuleRecord
from core.analysis.rules.structure import Structure
from core.analysis.summary.inspection import Operation


@dataclass(frozen=True)
class Blocks:
    """How the network is cut into blocks, and by what."""

    count: int
    strided: tuple[Operation, ...]
    dilated: tuple[Operation, ...]
    pooling: tuple[Operation, ...]  # poolings that shrink the map, where convolutions should


def blocks(case: Case) -> Blocks:
    """Blocks by levels of jump among the convolutions, then by dilation where strides lack.

    A block begins or ends with a convolution of stride over 1: as many blocks are counted as there
    are resolutions that convolutions read, or that they write. Where those are fewer than are
    required, convolutions with dilation at stride 1, one after the other, take their place.
    """
    structure = case.structure
    convolutions = [op for op in structure.convolutions if structure.map_before(op)]
    read = {structure.jump_before(op) for op in convolutions}
    written = {max(op.jump) for op in convolutions if op.jump and op.axes}
    count = max(len(read), len(written))
    strided: dict[float, Operation] = {}
    for op in convolutions:
        if op.stride and max(op.stride) > 1:
            strided.setdefault(structure.jump_before(op), op)
    chain = () if count >= case.requirement.limit else _dilated_chain(structure)
    return Blocks(count + len(chain), tuple(strided.values()), chain, _downsampling_pools(case))


def _downsampling_pools(case: Case) -> tuple[Operation, ...]:
    """Poolings by which a map is shrunk; not one beside a strided convolution, as in ResNet-D."""
    operations, poolings = case.inspection.operations, case.inspection.poolings
    if poolings is None:
        kinds = (PoolingKind.LARGEST, PoolingKind.AVERAGE)
        wide = [op for op in operations if op.kind in kinds and op.axes and op.stride]
        return tuple(op for op in wide if max(op.stride or (1,)) > 1)
    gates = {entry.operation for entry in poolings if entry.gate}
    levels: dict[float, set[int]] = {}
    for entry in poolings:
        op = operations[entry.operation]
        if entry.downsamples and op.jump:
            levels.setdefault(max(op.jump), set()).add(op.index)
    found = [level for level in levels.values() if not _can_pass(case, level | gates)]
    return tuple(operations[index] for index in sorted(set[int]().union(*found)))


def _can_pass(case: Case, without: set[int]) -> bool:
    """Whether the image still reaches the output where these operations are left out."""
    users = case.structure.users
    waiting, visited = list(users.get(-1, [])), set[int]()
    while waiting:
        op = waiting.pop()
        if op.index in without or op.index in visited:
            continue
        visited.add(op.index)
        if op.index not in users and op.out_shape == case.inspection.out_shape:
            return True
        waiting += users.get(op.index, [])
    return False


def _dilated_chain(structure: Structure) -> tuple[Operation, ...]:
    """The longest run of dilated convolutions of stride 1 of which each feeds the next."""
    plain = {op.index for op in structure.dilated if op.stride and max(op.stride) == 1}
    best: dict[int, tuple[Operation, ...]] = {-1: ()}
    longest: tuple[Operation, ...] = ()
    for op in structure.operations:
        before = max((best[source] for source in op.inputs), key=len, default=())
        best[op.index] = (*before, op) if op.index in plain else before
        longest = max(longest, best[op.index], key=len)
    return longest


def _decide(case: Case) -> Verdict:
    found = blocks(case)
    if found.pooling:
        labels = tuple(op.label for op in found.pooling)
        why = f"The map is shrunk by pooling in {', '.join(labels)}; strides or dilation must do it"
        measured = f"{_counted(found.count)}, shrunk by pooling"
        return Verdict(False, found.count, measured, labels, f"{why}.")
    strided, dilated = ([op.label for op in part] for part in (found.strided, found.dilated))
    parts = [
        f"{words}: {', '.join(labels)}"
        for words, labels in (("by stride", strided), ("by dilation", dilated))
        if labels
    ]
    bonus = " No stride at all: that is the bonus." if dilated and not strided else ""
    return Verdict(
        case.requirement.met_by(found.count),
        found.count,
        _counted(found.count),
        (*strided, *dilated),
        f"A block ends {'; '.join(parts)}.{bonus}" if parts else "No stride ends a block.",
    )


def _counted(count: int) -> str:
    return "1 block" if count == 1 else f"{count} blocks"


def _candidates(network: Editable) -> Iterator[Change]:
    """Strides for poolings; else stride 2 in the middle of the longest run at one resolution."""
    from core.analysis.rules.smallest_change.edits import without_pooling
    from core.analysis.rules.smallest_change.replacements import strided_conv

    found = blocks(network.case)
    if found.pooling:
        yield from without_pooling(network, found.pooling)
        return
    missing = int(network.case.requirement.limit) - found.count
    plain = [(op, conv) for op, conv in network.convs() if max(conv.stride) == 1]
    plain = [(op, conv) for op, conv in plain if max(op.out_shape[1:]) > 2]
    if missing < 1 or len(plain) <= missing:
        return
    step = len(plain) / (missing + 1)
    for shift in (0, 1, -1):
        chosen = {
            min(max(round(step * n) - 1 + shift, 0), len(plain) - 2) for n in range(1, missing + 1)
        }
        modules = {plain[n][0].layer: strided_conv(plain[n][1], 2) for n in sorted(chosen)}
        yield Change(f"give {' and '.join(modules)} stride 2", dict(modules))


def _advice(case: Case, verdict: Verdict) -> str:
    found = blocks(case)
    if found.pooling:
        names = " and ".join(op.label for op in found.pooling)
        return f"leave {names} out and give the convolution before stride 2."
    missing = int(case.requirement.limit) - found.count
    words = "one more convolution" if missing == 1 else f"{missing} more convolutions"
    return f"give {words} stride 2, with at least one convolution after the last of them."


RECORD = RuleRecord(
    name="blocks",
    title="Blocks",
    place=7,
    requirement=lambda limits: Requirement(
        limits.blocks, Comparison.AT_LEAST, "blocks, shrunk by stride (or, for the bonus, dilation)"
    ),
    decide=_decide,
    candidates=_candidates,
    advice=_advice,
)
