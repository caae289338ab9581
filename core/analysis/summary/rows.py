"""The rows of the layer table, and the operations, from the trace of a forward pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from torch import nn

from core.analysis.receptive_field.propagation.forward import BATCH
from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH, Geometry
from core.analysis.receptive_field.propagation.trace import Call, Node, Trace
from core.analysis.summary.inspection import BYTES, Layer, Operation, Pair

_SPELT = {  # as people write what torch calls otherwise inside
    "convolution": "conv2d",
    "max_pool2d_with_indices": "max_pool2d",
    "addmm": "linear",
    "native_batch_norm": "batch_norm",
    "_native_batch_norm_legit_no_training": "batch_norm",
    "native_layer_norm": "layer_norm",
    "native_group_norm": "group_norm",
}
_PARAMETRIZED = ".parametrizations."
_TRIVIAL = ("reshaping", "copy", "normalization", "ReLU")


@dataclass
class _Entry:
    place: tuple[int, int]
    row: Layer


class Rows:
    """The rows of the table; every parameter is counted in the first row that uses it."""

    def __init__(self, model: nn.Module, found: Trace) -> None:
        self.found = found
        self.left = dict(model.named_parameters())
        leaves = [call for call in found.calls if call.leaf and call.end >= 0]
        self.leaves = [call for call in leaves if _PARAMETRIZED not in call.name]
        failed = found.failed_in
        if failed is not None and failed.leaf:
            self.leaves.append(failed)
        self.inside: dict[int, Call] = {}
        for call in self.leaves:
            end = call.end if call.end >= 0 else len(found.nodes)
            self.inside.update(dict.fromkeys(range(call.first, end), call))

    def ordered(self) -> tuple[tuple[Layer, ...], tuple[tuple[int, Layer], ...]]:
        leaves: list[_Entry] = []
        called: set[int] = set()
        for call in self.leaves:
            again = id(call.module) in called
            called.add(id(call.module))
            leaves.append(_Entry((call.first, 0), self._leaf(call, again)))
        functions = [
            _Entry((node.index, 1), self._function(node))
            for node in self.found.nodes
            if node.index not in self.inside and self._counts(node)
        ]
        before = [sum(leaf.place < entry.place for leaf in leaves) for entry in functions]
        rows = tuple(zip(before, (entry.row for entry in functions), strict=True))
        return tuple(entry.row for entry in leaves), rows

    def unused(self) -> tuple[Layer, ...]:
        if self.found.error is not None:
            return ()
        return tuple(
            Layer(name=name, type="not used in forward", module=False, parameters=value.numel())
            for name, value in self.left.items()
        )

    def _parametrized(self, layer: str) -> list[str]:
        """Parameters that a layer makes its weights of (torch.nn.utils.parametrizations)."""
        return [name for name in self.left if name.startswith(f"{layer}{_PARAMETRIZED}")]

    def _take(self, names: Sequence[str]) -> int:
        return sum(self.left.pop(name).numel() for name in names if name in self.left)

    def _leaf(self, call: Call, again: bool) -> Layer:
        prefix = f"{call.name}." if call.name else ""
        own = [prefix + name for name, _ in call.module.named_parameters(recurse=False)]
        end = call.end if call.end >= 0 else len(self.found.nodes)
        nodes = self.found.nodes[call.first : end]
        used = [name for node in nodes for name in node.parameters]
        windows = next((node for node in nodes if node.step.groups), None) or next(
            (node for node in nodes if node.step.kernel), None
        )
        geometry = call.geometry
        return _row(
            name=call.name or type(call.module).__name__,
            type=type(call.module).__name__,
            module=True,
            windows=windows,
            in_shape=call.in_shape,
            out_shape=call.out_shape,
            geometry=geometry,
            parameters=self._take([*own, *used]),
            macs=sum(node.step.macs for node in nodes) // BATCH,
            again=again,
            operation=call.output,
        )

    def _function(self, node: Node) -> Layer:
        return _row(
            name=_label(node, leaf=False),
            type=node.kind,
            module=False,
            windows=node if node.step.kernel else None,
            in_shape=node.in_shape,
            out_shape=node.out_shape,
            geometry=node.geometry,
            parameters=self._take([*node.parameters, *self._parametrized(node.layer)]),
            macs=node.step.macs // BATCH,
            again=False,
            operation=node.index,
        )

    def _counts(self, node: Node) -> bool:
        """Whether a function in a forward is worth a row: not for an activation or a reshape."""
        if node.parameters or node.step.macs or node.step.kernel or node.step.lost:
            return True
        if len(node.inputs) > 1:
            return True
        before = self._before(node)
        if before is None or node.kind in _TRIVIAL:
            return False
        return any(
            before.fields(axis).field != node.geometry.fields(axis).field
            or before.fields(axis).jump != node.geometry.fields(axis).jump
            or before.fields(axis).size != node.geometry.fields(axis).size
            for axis in (HEIGHT, WIDTH)
        )

    def _before(self, node: Node) -> Geometry | None:
        first = node.inputs[0]
        return self.found.nodes[first].geometry if first >= 0 else None


def _row(
    *,
    name: str,
    type: str,
    module: bool,
    windows: Node | None,
    in_shape: tuple[int, ...],
    out_shape: tuple[int, ...],
    geometry: Geometry | None,
    parameters: int,
    macs: int,
    again: bool,
    operation: int,
) -> Layer:
    step = windows.step if windows else None
    is_map = geometry is not None and len(out_shape) == 4
    return Layer(
        name=name,
        type=type,
        module=module,
        kernel=_pair(step.kernel) if step else None,
        stride=_pair(step.stride) if step else None,
        padding=_pair(step.padding) if step else None,
        dilation=_pair(step.dilation) if step else None,
        groups=step.groups if step else None,
        in_shape=in_shape[1:],
        out_shape=out_shape[1:],
        parameters=parameters,
        macs=macs,
        activation=prod(out_shape[1:]) * BYTES if out_shape else 0,
        jump=_jump(geometry) if geometry is not None and is_map else None,
        receptive_field=_field(geometry) if geometry is not None and not geometry.unknown else None,
        start=_start(geometry) if geometry is not None and is_map else None,
        again=again,
        operation=operation,
    )


def _pair(values: Sequence[int]) -> Pair | None:
    if not values:
        return None
    return (values[0], values[0]) if len(values) == 1 else (values[0], values[1])


def _field(geometry: Geometry) -> Pair:
    return geometry.height.field, geometry.width.field


def _jump(geometry: Geometry) -> Pair | None:
    return _both(geometry.height.jump, geometry.width.jump)


def _start(geometry: Geometry) -> Pair | None:
    return _both(geometry.height.start, geometry.width.start)


def _both(height: Fraction | None, width: Fraction | None) -> Pair | None:
    return None if height is None or width is None else (float(height), float(width))


def _label(node: Node, *, leaf: bool) -> str:
    if leaf:
        return node.layer
    return f"{_SPELT.get(node.op, node.op).strip('_')} in {node.layer or 'forward'}"


def operation(node: Node, rows: Rows) -> Operation:
    step, leaf = node.step, rows.inside.get(node.index)
    return Operation(
        index=node.index,
        kind=node.kind,
        label=_label(node, leaf=leaf is not None and bool(leaf.name)),
        layer=node.layer,
        inputs=node.inputs,
        in_shape=node.in_shape[1:],
        out_shape=node.out_shape[1:],
        receptive_field=_field(node.geometry),
        jump=_jump(node.geometry),
        axes=tuple(sorted(node.geometry.axes)),
        kernel=_pair(step.kernel),
        stride=_pair(step.stride),
        padding=_pair(step.padding),
        dilation=_pair(step.dilation),
        groups=step.groups,
        channels=step.channels,
        pooled=step.pooled,
    )
