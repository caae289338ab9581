"""Where the height and the width of the image are in a tensor, and what its positions can see.

A tensor's dimensions are kept as runs of factors, so that reshaping can be followed: a map
(N, C, H, W) is [(n) (c) (h) (w)], flattened to tokens it is [(n) (h w) (c)], as a vector
[(n) (c h w)]. A direction that has been pooled away or multiplied out is in no dimension any more;
its AxisFields then has one position, which holds for every element.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import NamedTuple

from core.analysis.receptive_field.propagation.axis_fields import (
    AxisFields,
    listed,
    pixels,
)

HEIGHT, WIDTH = "height", "width"


class Factor(NamedTuple):
    """A factor of a dimension: positions along `axis`, or anything else where that is empty."""

    size: int
    axis: str = ""
    window: bool = False  # elements of sliding windows (tensor.unfold), neighbors in the image


Dimension = tuple[Factor, ...]
Layout = tuple[Dimension, ...]


@dataclass(frozen=True)
class Geometry:
    """The layout of a tensor, and the fields of its positions along height and width."""

    layout: Layout
    height: AxisFields
    width: AxisFields
    global_paths: frozenset[int] = frozenset()  # operations that joined a path that sees all
    unknown: str = ""  # why it is not known what its positions see; "" where it is

    def fields(self, axis: str) -> AxisFields:
        return self.height if axis == HEIGHT else self.width

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(prod(factor.size for factor in dimension) for dimension in self.layout)

    @property
    def axes(self) -> frozenset[str]:
        """The directions that still have more than one position."""
        factors = (factor for dimension in self.layout for factor in dimension)
        return frozenset(factor.axis for factor in factors if factor.axis and factor.size > 1)

    def axes_of(self, dimension: int) -> tuple[str, ...]:
        return tuple(factor.axis for factor in self.layout[dimension] if factor.axis)

    def with_fields(self, axis: str, fields: AxisFields) -> "Geometry":
        return replace(self, height=fields) if axis == HEIGHT else replace(self, width=fields)

    def with_dimension(self, index: int, dimension: Dimension) -> "Geometry":
        layout = list(self.layout)
        layout[index] = dimension
        return replace(self, layout=tuple(layout))


def image(batch: int, channels: int, height: int, width: int) -> Geometry:
    """A batch of images."""
    layout = (
        (Factor(batch),),
        (Factor(channels),),
        (Factor(height, HEIGHT),),
        (Factor(width, WIDTH),),
    )
    return Geometry(layout, pixels(height), pixels(width))


def collapsed(geometry: Geometry, shape: Sequence[int], unknown: str = "") -> Geometry:
    """Every element sees all that the tensor sees, or (`unknown`) it is not known what."""
    return replace(
        geometry,
        layout=tuple((Factor(size),) for size in shape),
        height=geometry.height.whole(),
        width=geometry.width.whole(),
        unknown=geometry.unknown or unknown,
    )


def mixed(geometry: Geometry, dimensions: Iterable[int]) -> Geometry:
    """Every element along these dimensions sees all along them (a softmax, a sort)."""
    for index in dimensions:
        for axis in geometry.axes_of(index):
            geometry = geometry.with_fields(axis, geometry.fields(axis).whole())
        factors = tuple(Factor(factor.size, "", factor.window) for factor in geometry.layout[index])
        geometry = geometry.with_dimension(index, factors)
    return geometry


def reduced(geometry: Geometry, dimensions: Iterable[int], *, keep: bool) -> Geometry:
    """After a mean, a sum or a maximum over these dimensions."""
    count = len(geometry.layout)
    gone = {index % count for index in dimensions}
    layout: list[Dimension] = []
    for index, dimension in enumerate(geometry.layout):
        if index not in gone:
            layout.append(dimension)
            continue
        axes = geometry.axes_of(index)
        for axis in axes:
            whole = geometry.fields(axis).whole()
            geometry = geometry.with_fields(axis, listed([whole.at(0)]))
        if keep:
            layout.append((Factor(1),))
    return replace(geometry, layout=tuple(layout))


def permuted(geometry: Geometry, order: Sequence[int]) -> Geometry:
    return replace(geometry, layout=tuple(geometry.layout[index] for index in order))


def reshaped(geometry: Geometry, shape: Sequence[int]) -> Geometry:
    """After a view or reshape to `shape` (row-major), which may split and merge dimensions."""
    if geometry.shape == tuple(shape):
        return geometry
    factors = _merged([factor for dimension in geometry.layout for factor in dimension])
    waiting = deque(factor for factor in factors if factor.size > 1)
    layout: list[Dimension] = []
    for size in shape:
        dimension: list[Factor] = []
        while size > 1:
            factor = waiting.popleft()
            if size % factor.size == 0:
                dimension.append(factor)
                size //= factor.size
            elif factor.size % size == 0:
                inner = factor.size // size
                if factor.axis:  # rows in groups: the outer index counts groups of rows
                    fields = geometry.fields(factor.axis).window(size, inner, inner)
                    geometry = geometry.with_fields(factor.axis, fields)
                dimension.append(Factor(size, factor.axis, factor.window))
                waiting.appendleft(Factor(inner, "", factor.window or bool(factor.axis)))
                size = 1
            else:
                return collapsed(geometry, shape, "A reshape cuts rows of a map into pieces")
        layout.append(tuple(dimension))
    for back, entry in enumerate(reversed(geometry.layout), 1):  # maps of one position stay maps
        if len(entry) == 1 and entry[0].axis and entry[0].size == 1 and back <= len(layout):
            layout[-back] = layout[-back] or entry
    return replace(geometry, layout=tuple(layout))


def along(geometry: Geometry, index: int) -> tuple[Geometry, str]:
    """The same with dimension `index` made of one axis alone, and that axis (or "" for none)."""
    axes = geometry.axes_of(index)
    dimension = geometry.layout[index]
    if not axes or len(dimension) == 1:
        return geometry, axes[0] if axes else ""
    if len(axes) > 1:
        reason = "Rows and columns lie in one dimension and are taken apart"
        return replace(mixed(geometry, [index]), unknown=geometry.unknown or reason), ""
    place = next(number for number, factor in enumerate(dimension) if factor.axis)
    outer = prod(factor.size for factor in dimension[:place])
    inner = prod(factor.size for factor in dimension[place + 1 :])
    fields = geometry.fields(axes[0]).repeated(inner)
    if outer > 1:
        fields = listed(fields.at_all() * outer)
    geometry = geometry.with_fields(axes[0], fields)
    return geometry.with_dimension(index, (Factor(fields.size, axes[0]),)), axes[0]


def with_axis(geometry: Geometry, index: int, axis: str, fields: AxisFields) -> Geometry:
    """Dimension `index` now holds `axis` with these fields.

    Where all positions see the same (a pooled map, upsampled), it no longer has positions.
    """
    if fields.size > 1 and not fields.regular and len(set(fields.windows)) == 1:
        blank = geometry.with_dimension(index, (Factor(fields.size),))
        return blank.with_fields(axis, listed(fields.windows[:1]))
    return geometry.with_fields(axis, fields).with_dimension(index, (Factor(fields.size, axis),))


def resized(geometry: Geometry, index: int, size: int) -> Geometry:
    """Dimension `index` has another size, with nothing of the image in it."""
    if geometry.axes_of(index):
        geometry = mixed(geometry, [index])
    window = any(factor.window for factor in geometry.layout[index])
    return geometry.with_dimension(index, (Factor(size, "", window),))


def _merged(factors: list[Factor]) -> list[Factor]:
    """Neighbors that hold nothing of the image become one."""
    result: list[Factor] = []
    for factor in factors:
        if result and not factor.axis and not result[-1].axis:
            last = result.pop()
            factor = Factor(last.size * factor.size, "", last.window or factor.window)
        result.append(factor)
    return result
