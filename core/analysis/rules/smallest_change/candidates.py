"""For each rule that may fail, the changes of single modules that might pass it, smallest first.

"Smallest" is: as few layers as possible, and among those the one that costs no parameters, or
saves most.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from torch import nn

from core.analysis.rules.rules import RuleResult
from core.analysis.rules.smallest_change.replacements import (
    averaged_linear,
    dilated_conv,
    pooled_by_average,
    separable_conv,
    strided_conv,
    widened_depthwise,
)
from core.analysis.rules.structure import Structure
from core.analysis.summary.inspection import Inspection, Operation


@dataclass(frozen=True)
class Change:
    """Modules to put in the place of others, and what to call that."""

    words: str
    modules: dict[str, nn.Module]

    def with_(self, other: "Change") -> "Change":
        return Change(f"{self.words}; {other.words}", self.modules | other.modules)


@dataclass(frozen=True)
class Case:
    """A network that fails a rule."""

    inspection: Inspection
    model: nn.Module
    structure: Structure
    result: RuleResult

    def conv(self, op: Operation) -> nn.Conv2d | None:
        """The module of a convolution, if it is one that is called once."""
        if op.label != op.layer or not op.layer:
            return None
        module = self.model.get_submodule(op.layer)
        once = sum(layer.name == op.layer for layer in self.inspection.layers) == 1
        return module if type(module) is nn.Conv2d and once else None

    def convs(self) -> list[tuple[Operation, nn.Conv2d]]:
        """Convolutions that are modules and look at a map."""
        found = [(op, self.conv(op)) for op in self.structure.convolutions]
        return [(op, m) for op, m in found if m is not None and self.structure.map_before(op)]


def _fewer_parameters(case: Case) -> Iterator[Change]:
    """One layer if one will do (the one that just suffices), else the largest till it is enough."""
    limit = int(case.result.required.rsplit(" ", 1)[1].replace(",", ""))
    excess = case.inspection.parameters - limit + 1
    options: list[tuple[int, Change]] = []
    for op, conv in case.convs():
        new = separable_conv(conv)
        if new is not None:
            saving = _count(conv) - _count(new)
            options.append(
                (saving, Change(f"make {op.layer} depthwise-separable", {op.layer: new}))
            )
    for path, linear, new in _linears(case):
        words = f"average over the map before {path}"
        options.append((_count(linear) - _count(new), Change(words, {path: new})))
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


def _wider_field(case: Case) -> Iterator[Change]:
    """Dilation, which costs no parameters: one layer if one will do, then two, then more."""
    limit = float(case.result.required.split()[1])
    missing = limit - min(case.inspection.receptive_field or (1, 1))
    options: list[tuple[float, Change]] = []
    for op, conv in case.convs():
        for dilation in (2, 3, 4):
            new = dilated_conv(conv, dilation)
            if new is None or not _fits(op, conv, dilation):
                continue
            added = (min(conv.kernel_size) - 1) * (dilation - min(conv.dilation))
            gain = added * case.structure.jump_before(op)
            words = f"give {op.layer} dilation {dilation}"
            options.append((gain, Change(words, {op.layer: new})))
    for gain, change in sorted(options, key=lambda entry: entry[0]):
        if gain > missing:
            yield change
    pairs = [
        (one[0] + two[0], one[1].with_(two[1]))
        for one, two in combinations(options, 2)
        if one[1].modules.keys() != two[1].modules.keys() and one[0] + two[0] > missing
    ]
    for _, change in sorted(pairs, key=lambda entry: entry[0]):
        yield change
    best: dict[str, tuple[float, Change]] = {}
    for gain, change in options:
        path = next(iter(change.modules))
        if gain > best.get(path, (0.0, change))[0]:
            best[path] = (gain, change)
    together = None
    for _, change in sorted(best.values(), key=lambda entry: -entry[0]):
        together = change if together is None else together.with_(change)
        yield together


def _separable(case: Case) -> Iterator[Change]:
    """Put a near miss right; else the full convolution that saves most."""
    for op, conv in case.convs():
        if conv.groups == conv.in_channels > 1 and max(conv.kernel_size) == 1:
            following = [case.conv(entry) for entry in case.structure.next_layers(op)]
            names = [entry.layer for entry in case.structure.next_layers(op)]
            pair = widened_depthwise(conv, following[0]) if following and following[0] else None
            if pair is not None:
                words = f"give {op.layer} a 3x3 kernel and make {names[0]} 1x1"
                yield Change(words, {op.layer: pair[0], names[0]: pair[1]})
    options = []
    for op, conv in case.convs():
        new = separable_conv(conv)
        if new is not None and conv.in_channels > 3:
            saving = _count(conv) - _count(new)
            options.append(
                (saving, Change(f"make {op.layer} depthwise-separable", {op.layer: new}))
            )
    for _, change in sorted(options, key=lambda entry: -entry[0]):
        yield change


def _dilated(case: Case) -> Iterator[Change]:
    """The convolution whose dilated kernel still fits its map and gains most."""
    options = []
    for op, conv in case.convs():
        new = dilated_conv(conv, 2)
        if new is not None and _fits(op, conv, 2) and max(conv.stride) == 1:
            gain = case.structure.jump_before(op)
            options.append((gain, Change(f"give {op.layer} dilation 2", {op.layer: new})))
    for _, change in sorted(options, key=lambda entry: -entry[0]):
        yield change


def _no_max_pooling(case: Case) -> Iterator[Change]:
    yield from _without_pooling(case, case.structure.max_poolings)


def _without_pooling(case: Case, poolings: Iterable[Operation]) -> Iterator[Change]:
    """Stride in the convolution before takes a pooling's place."""
    together: Change | None = None
    for op in poolings:
        change = _unpooled(case, op)
        if change is None:
            return
        together = change if together is None else together.with_(change)
    if together is not None:
        yield together


def _unpooled(case: Case, op: Operation) -> Change | None:
    if op.label != op.layer or not op.layer:
        return None
    module = case.model.get_submodule(op.layer)
    averaged = pooled_by_average(module)
    if op.pooled and averaged is not None:
        return Change(f"average in {op.layer} instead", {op.layer: averaged})
    source = op.inputs[0]
    while source >= 0 and case.inspection.operations[source].kind != "convolution":
        source = case.inspection.operations[source].inputs[0]
    if source < 0 or op.stride is None:
        return None
    before = case.inspection.operations[source]
    conv = case.conv(before)
    if conv is None:
        return None
    new = strided_conv(conv, int(max(op.stride)))
    words = f"give {before.layer} stride {int(max(op.stride))} and take {op.layer} out"
    return Change(words, {before.layer: new, op.layer: nn.Identity()})


def _global_average(case: Case) -> Iterator[Change]:
    for end in case.inspection.collapses:
        if end.operation < 0:
            continue
        op = case.inspection.operations[end.operation]
        if op.label != op.layer or not op.layer:
            continue
        averaged = pooled_by_average(case.model.get_submodule(op.layer))
        if averaged is not None:
            yield Change(f"average in {op.layer} instead", {op.layer: averaged})
    for path, _, new in _linears(case):
        yield Change(f"average over the map before {path}", {path: new})


def _linears(case: Case) -> Iterator[tuple[str, nn.Linear, nn.Module]]:
    """Fully connected layers on a flattened map, each with its averaging counterpart."""
    for end in {end.operation: end for end in case.inspection.collapses}.values():
        if end.kind != "linear" or end.operation < 0:
            continue
        op = case.inspection.operations[end.operation]
        module = case.model.get_submodule(op.layer) if op.layer else None
        if not isinstance(module, nn.Linear):
            continue
        source = op.inputs[0]
        while source >= 0 and len(case.inspection.operations[source].out_shape) != 3:
            source = case.inspection.operations[source].inputs[0]
        if source >= 0:
            shape = case.inspection.operations[source].out_shape
            if math.prod(shape) == module.in_features:
                yield op.layer, module, averaged_linear(module, shape)


def _more_blocks(case: Case) -> Iterator[Change]:
    """Strides for poolings; else stride 2 in the middle of the longest run at one resolution."""
    found = case.structure.blocks(int(case.result.required.split()[0]))
    if found.pooling:
        yield from _without_pooling(case, found.pooling)
        return
    missing = int(case.result.required.split()[0]) - found.count
    plain = [(op, conv) for op, conv in case.convs() if max(conv.stride) == 1]
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


def _fits(op: Operation, conv: nn.Conv2d, dilation: int) -> bool:
    reach = (max(conv.kernel_size) - 1) * dilation + 1
    return len(op.in_shape) == 3 and reach <= min(op.in_shape[1:]) + 2 * dilation


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


PROPOSERS: dict[str, Callable[[Case], Iterator[Change]]] = {
    "parameters": _fewer_parameters,
    "receptive_field": _wider_field,
    "depthwise_separable": _separable,
    "dilated": _dilated,
    "no_max_pooling": _no_max_pooling,
    "global_average_pooling": _global_average,
    "blocks": _more_blocks,
}
