"""Where tensors meet: elementwise operations with broadcasting, and concatenation."""

from collections.abc import Sequence

from core.analysis.receptive_field.propagation.axis_fields import AxisFields, join, listed
from core.analysis.receptive_field.propagation.layout import (
    HEIGHT,
    WIDTH,
    Dimension,
    Factor,
    Geometry,
    along,
    resized,
    scattered,
    with_axis,
)


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
            return _all_scattered(parts, shape)
        layout.append((with_axes or layouts or [(Factor(size),)])[0])
    result = Geometry(tuple(layout), *_joined_fields(parts, layout))
    named = [factor.axis for dimension in layout for factor in dimension if factor.axis]
    return result if len(named) == len(set(named)) else _all_scattered(parts, shape)


def concatenated(parts: Sequence[Geometry], index: int, shape: Sequence[int]) -> Geometry:
    """After a concatenation along dimension `index`."""
    index %= len(shape)
    if any(part.axes_of(index) for part in parts):
        parts = [along(part, index)[0] for part in parts]
        axes = {part.axes_of(index) for part in parts}
        if len(axes) > 1 or axes == {()}:
            return _all_scattered(parts, shape)
        axis = axes.pop()[0]
        windows = [window for part in parts for window in part.fields(axis).at_all()]
        flat = [part.with_dimension(index, ()) for part in parts]
        other = joined(flat, [1 if place == index else size for place, size in enumerate(shape)])
        return with_axis(other, index, axis, listed(windows))
    flat = [part.with_dimension(index, (Factor(1),)) for part in parts]
    together = joined(flat, [1 if place == index else size for place, size in enumerate(shape)])
    return resized(together, index, shape[index])


def _joined_fields(
    parts: Sequence[Geometry], layout: list[Dimension]
) -> tuple[AxisFields, AxisFields]:
    sizes = {
        factor.axis: factor.size for dimension in layout for factor in dimension if factor.axis
    }
    all_fields: list[AxisFields] = []
    for axis in (HEIGHT, WIDTH):
        size = sizes.get(axis, 1)
        found = [
            part.fields(axis) if part.fields(axis).size == size else part.fields(axis).whole()
            for part in parts
        ]
        fields = found[0].broadcast(size)
        for other in found[1:]:
            fields = join(fields, other)
        all_fields.append(fields)
    return all_fields[0], all_fields[1]


def _all_scattered(parts: Sequence[Geometry], shape: Sequence[int]) -> Geometry:
    single = [scattered(part, ()) for part in parts]
    height, width = _joined_fields(single, [])
    return Geometry(tuple((Factor(size),) for size in shape), height, width)
