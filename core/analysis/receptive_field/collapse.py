"""The receptive field before pooling: where each direction of the image ends, and what was seen.

No torch, so that an inspection can be read without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.analysis.receptive_field.propagation.layout import Geometry
    from core.analysis.receptive_field.propagation.trace import Node, Trace


@dataclass(frozen=True)
class Collapse:
    """Where a direction of the image ends: the operation that leaves one position of it."""

    axis: str
    operation: int  # -1: it never does, the output is still a map
    kind: str
    receptive_field: int  # before it, in pixels
    unknown: str = ""  # why the field is not known; "" where it is
    global_paths: tuple[int, ...] = ()  # operations, as in FieldBeforePooling


@dataclass(frozen=True)
class FieldBeforePooling:
    """The receptive field of the last map, and what has to be said beside it.

    `size` is that of the local paths, in pixels, height and width: those whose window moves with
    the position. It is None where neither propagation nor the gradient probe could tell;
    `undetermined` then says why in a sentence, and a rule must neither pass nor fail.
    `global_paths` are the operations that join a path on which every position sees all of the
    image (squeeze-and-excite, attention, `x - x.mean((2, 3))`): such a path takes nothing away
    from the field and adds nothing to what the rules judge.
    """

    size: tuple[float, float] | None
    undetermined: str = ""
    global_paths: tuple[int, ...] = ()


def before_pooling(found: "Trace", collapses: tuple[Collapse, ...]) -> FieldBeforePooling:
    """The field at the operations where height and width end."""
    unknown = next((entry.unknown for entry in collapses if entry.unknown), "")
    paths = tuple(sorted({path for entry in collapses for path in entry.global_paths}))
    height, width = (float(entry.receptive_field) for entry in collapses)
    return FieldBeforePooling(None if unknown else (height, width), unknown, paths)


def collapse(found: "Trace", axis: str) -> Collapse:
    """Walk back from the output to where the direction ends, and say what it had seen by then.

    Pooling of a map that has one position already does nothing: where nothing but such stands
    behind another pooling, the other is the end.
    """
    results: list[Collapse] = []
    waiting: list[tuple[int, int | None]] = [(found.output, None)]
    visited: set[tuple[int, int | None]] = set()
    while waiting:
        index, idle = waiting.pop()  # `idle`: pooling that did nothing, passed on the way
        if (index, idle) in visited:
            continue
        visited.add((index, idle))
        end = Collapse(axis, -1, "image", 1) if index < 0 else _end(found, index, axis, idle)
        if end is not None:
            results.append(end)
            continue
        node = found.nodes[index]
        if axis in node.step.pooled and idle is None:
            idle = index
        waiting += [(source, idle) for source in node.inputs]
    return max(results, key=lambda entry: entry.receptive_field)


def _end(found: "Trace", index: int, axis: str, idle: int | None) -> Collapse | None:
    """The end of the direction, if this operation is it; None where it lies further up."""
    node = found.nodes[index]
    inputs = [found.nodes[i].geometry for i in node.inputs if i >= 0]
    wide = any(axis in entry.axes for entry in inputs) or -1 in node.inputs
    if node.geometry.unknown and _flattens(node):
        return _ended(axis, index, node.kind, [node.geometry])
    if axis in node.step.pooled:
        return _ended(axis, index, node.kind, inputs) if wide else None
    if axis in node.geometry.axes:
        return _ended(axis, -1, "map", [node.geometry])
    spatial = node.kind == "convolution" and max(node.step.kernel, default=1) > 1
    convolved = node.kind == "convolution" and (
        wide or not any(_ends_above(found, i, axis) for i in node.inputs)
    )
    if idle is not None and (wide or spatial or convolved):  # the map was shrunk to one position
        pool = found.nodes[idle]
        before = [found.nodes[i].geometry for i in pool.inputs if i >= 0]
        return _ended(axis, idle, pool.kind, before)
    if convolved:
        return _ended(axis, index, node.kind, [node.geometry])
    if wide:
        lost = [node.geometry] if node.step.lost else []
        return _ended(axis, index, node.kind, [*inputs, *lost])
    return None  # a classifier behind the pooling, or an operation on one position


def _flattens(node: "Node") -> bool:
    """Whether a map goes in and none comes out, by the shapes."""
    sizes = [shape[2:] if len(shape) == 4 else () for shape in (node.in_shape, node.out_shape)]
    return max(sizes[0], default=1) > 1 and max(sizes[1], default=1) == 1


def _ended(axis: str, operation: int, kind: str, maps: "Sequence[Geometry]") -> Collapse:
    return Collapse(
        axis,
        operation,
        kind,
        max((entry.fields(axis).field for entry in maps), default=1),
        next((entry.unknown for entry in maps if entry.unknown), ""),
        tuple(sorted(frozenset[int]().union(*(entry.global_paths for entry in maps)))),
    )


def _ends_above(found: "Trace", index: int, axis: str) -> bool:
    """Whether the direction was pooled away before this operation."""
    while index >= 0:
        node = found.nodes[index]
        if axis in node.step.pooled:
            return True
        if axis in node.geometry.axes:
            return False
        index = node.inputs[0]
    return False
