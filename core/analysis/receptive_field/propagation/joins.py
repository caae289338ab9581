"""Where tensors meet: elementwise operations with broadcasting, and concatenation."""

from collections.abc import Sequence
from dataclasses import replace

from core.analysis.receptive_field.propagation.axis_fields import (
    AxisFields,
    fitted,
    join,
    listed,
    union,
)
from core.analysis.receptive_field.propagation.layout import (
    HEIGHT,
    WIDTH,
    Dimension,
    Factor,
    Geometry,
    Layout,
    along,
    collapsed,
    resized,
    with_axis,
)

NEW = -1  # stands for the operation at hand in `global_paths`


def joined(parts: Sequence[Geometry], shape: Sequence[int]) -> Geometry:
    """After an elementwise operation with broadcasting to `shape`."""
    if len(parts) == 1 and parts[0].shape == tuple(shape):
        return parts[0]
    layout: list[Dimension] = []
    for back in range(len(shape), 0, -1):
        size = shape[-back]
        layouts = [
            part.layout[-back]
            for part in parts
            if back <= len(part.layout) and part.shape[-back] == size
        ]
        with_axes = [dimension for dimension in layouts if any(factor.axis for factor in dimension)]
        if any(dimension != with_axes[0] for dimension in with_axes[1:]):
            return lost(parts, shape, "Maps meet that lie differently")
        layout.append((with_axes or layouts or [(Factor(size),)])[0])
    named = [factor.axis for dimension in layout for factor in dimension if factor.axis]
    if len(named) != len(set(named)):  # every position with every other: attention
        return lost(parts, shape)
    result = lost(parts, shape)
    for axis in (HEIGHT, WIDTH):
        if axis in named:
            result = _local(result, parts, tuple(layout), axis)
    return replace(result, layout=tuple(layout), unknown=_unknown(parts, layout))


def concatenated(parts: Sequence[Geometry], index: int, shape: Sequence[int]) -> Geometry:
    """After a concatenation along dimension `index`."""
    index %= len(shape)
    if any(part.axes_of(index) for part in parts):
        parts = [along(part, index)[0] for part in parts]
        axes = {part.axes_of(index) for part in parts}
        if len(axes) > 1 or axes == {()}:
            return lost(parts, shape, "A map is concatenated with something that is none")
        axis = axes.pop()[0]
        windows = [window for part in parts for window in part.fields(axis).at_all()]
        flat = [part.with_dimension(index, ()) for part in parts]
        other = joined(flat, [1 if place == index else size for place, size in enumerate(shape)])
        return with_axis(other, index, axis, fitted(windows))
    flat = [part.with_dimension(index, (Factor(1),)) for part in parts]
    together = joined(flat, [1 if place == index else size for place, size in enumerate(shape)])
    return resized(together, index, shape[index])


def lost(parts: Sequence[Geometry], shape: Sequence[int], unknown: str = "") -> Geometry:
    """Every element sees all that the parts see, or (`unknown`) it is not known what."""
    single = [collapsed(part, (), unknown) for part in parts]
    height, width = (_together([p.fields(axis) for p in single]) for axis in (HEIGHT, WIDTH))
    paths = frozenset[int]().union(*(part.global_paths for part in parts))
    reason = next((part.unknown for part in single if part.unknown), "")
    return Geometry(tuple((Factor(size),) for size in shape), height, width, paths, reason)


def _together(single: Sequence[AxisFields]) -> AxisFields:
    """Of fields of one position each."""
    alike = all(entry == single[0] for entry in single)
    return single[0] if alike else listed([union(entry.at(0) for entry in single)])


def _local(result: Geometry, parts: Sequence[Geometry], layout: Layout, axis: str) -> Geometry:
    """The fields along `axis` of the parts that have it; a part that has not is a global path."""
    size = next(f.size for dimension in layout for f in dimension if f.axis == axis)
    local = [p for p in parts if p.fields(axis).size == size and not _pooled(p, axis)]
    fields = local[0].fields(axis)
    for part in local[1:]:
        fields = join(fields, part.fields(axis))
    result = result.with_fields(axis, fields)
    others = [part for part in parts if not any(part is entry for entry in local)]
    back = next(len(layout) - i for i, entry in enumerate(layout) if _axis_in(entry, axis))
    if any(p.fields(axis).at(0) and not (p.unknown and _varies(p, back)) for p in others):
        return replace(result, global_paths=result.global_paths | {NEW})
    return result


def _unknown(parts: Sequence[Geometry], layout: list[Dimension]) -> str:
    """Whether a part matters of which it is not known what it sees.

    One that is the same at every position is a global path, whatever it sees.
    """
    places = [len(layout) - i for i, entry in enumerate(layout) if any(f.axis for f in entry)]
    for part in parts:
        if part.unknown and (not places or any(_varies(part, back) for back in places)):
            return part.unknown
    return ""


def _varies(part: Geometry, back: int) -> bool:
    """Whether a tensor can differ along a dimension, counted from the last."""
    return len(part.layout) >= back and part.shape[-back] > 1


def _axis_in(dimension: Dimension, axis: str) -> bool:
    return any(factor.axis == axis for factor in dimension)


def _pooled(part: Geometry, axis: str) -> bool:
    """Whether the direction is gone; a map may also have one position of it by its strides."""
    named = any(_axis_in(dimension, axis) for dimension in part.layout)
    return not named and not part.fields(axis).regular
