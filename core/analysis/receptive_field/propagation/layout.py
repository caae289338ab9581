"""Where the height and the width of the image are in a tensor, and what its positions can see.

A tensor's dimensions are kept as runs of atoms, so that reshaping can be followed: a map
(N, C, H, W) is [(n) (c) (h) (w)], flattened to tokens it is [(n) (h w) (c)], as a vector
[(n) (c h w)]. A direction that has been pooled away or multiplied out is in no dimension any more;
its Reach then has one position, which holds for every element.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import NamedTuple

from core.analysis.receptive_field.propagation.reach import (
    Reach,
    join,
    listed,
    pixels,
)

HEIGHT, WIDTH = "height", "width"


class Atom(NamedTuple):
    """A factor of a dimension: positions along `axis`, or anything else where that is empty."""

    size: int
    axis: str = ""
    window: bool = False  # elements of sliding windows (tensor.unfold), neighbors in the image


Dimension = tuple[Atom, ...]
Layout = tuple[Dimension, ...]


@dataclass(frozen=True)
class Geometry:
    """The layout of a tensor, and the reach of its positions along height and width."""

    layout: Layout
    height: Reach
    width: Reach

    def reach(self, axis: str) -> Reach:
        return self.height if axis == HEIGHT else self.width

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(prod(atom.size for atom in dimension) for dimension in self.layout)

    @property
    def axes(self) -> frozenset[str]:
        """The directions that still have more than one position."""
        atoms = (atom for dimension in self.layout for atom in dimension)
        return frozenset(atom.axis for atom in atoms if atom.axis and atom.size > 1)

    def axes_of(self, dimension: int) -> tuple[str, ...]:
        return tuple(atom.axis for atom in self.layout[dimension] if atom.axis)

    def with_reach(self, axis: str, reach: Reach) -> "Geometry":
        return replace(self, height=reach) if axis == HEIGHT else replace(self, width=reach)

    def with_dimension(self, index: int, dimension: Dimension) -> "Geometry":
        layout = list(self.layout)
        layout[index] = dimension
        return replace(self, layout=tuple(layout))


def image(batch: int, channels: int, height: int, width: int) -> Geometry:
    """A batch of images."""
    layout = ((Atom(batch),), (Atom(channels),), (Atom(height, HEIGHT),), (Atom(width, WIDTH),))
    return Geometry(layout, pixels(height), pixels(width))


def scattered(geometry: Geometry, shape: Sequence[int]) -> Geometry:
    """When the trail is lost: every element sees all that the tensor sees."""
    return Geometry(
        tuple((Atom(size),) for size in shape), geometry.height.whole(), geometry.width.whole()
    )


def mixed(geometry: Geometry, dimensions: Iterable[int]) -> Geometry:
    """Every element along these dimensions sees all along them (a softmax, a sort)."""
    for index in dimensions:
        for axis in geometry.axes_of(index):
            geometry = geometry.with_reach(axis, geometry.reach(axis).whole())
        atoms = tuple(Atom(atom.size, "", atom.window) for atom in geometry.layout[index])
        geometry = geometry.with_dimension(index, atoms)
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
            geometry = geometry.with_reach(axis, geometry.reach(axis).whole())
        if keep:
            layout.append((Atom(1, axes[0]),) if len(axes) == 1 else (Atom(1),))
    return replace(geometry, layout=tuple(layout))


def permuted(geometry: Geometry, order: Sequence[int]) -> Geometry:
    return replace(geometry, layout=tuple(geometry.layout[index] for index in order))


def reshaped(geometry: Geometry, shape: Sequence[int]) -> Geometry:
    """After a view or reshape to `shape` (row-major), which may split and merge dimensions."""
    if geometry.shape == tuple(shape):
        return geometry
    atoms = _merged([atom for dimension in geometry.layout for atom in dimension])
    waiting = deque(atom for atom in atoms if atom.size > 1)
    layout: list[Dimension] = []
    for size in shape:
        dimension: list[Atom] = []
        while size > 1:
            atom = waiting.popleft()
            if size % atom.size == 0:
                dimension.append(atom)
                size //= atom.size
            elif atom.size % size == 0:
                inner = atom.size // size
                if atom.axis:  # rows in groups: the outer index counts groups of rows
                    reach = geometry.reach(atom.axis).window(size, inner, inner)
                    geometry = geometry.with_reach(atom.axis, reach)
                dimension.append(Atom(size, atom.axis, atom.window))
                waiting.appendleft(Atom(inner, "", atom.window or bool(atom.axis)))
                size = 1
            else:
                return scattered(geometry, shape)
        layout.append(tuple(dimension))
    return replace(geometry, layout=tuple(layout))


def along(geometry: Geometry, index: int) -> tuple[Geometry, str]:
    """The same with dimension `index` made of one axis alone, and that axis (or "" for none)."""
    axes = geometry.axes_of(index)
    dimension = geometry.layout[index]
    if not axes or len(dimension) == 1:
        return geometry, axes[0] if axes else ""
    if len(axes) > 1:
        return mixed(geometry, [index]), ""
    place = next(number for number, atom in enumerate(dimension) if atom.axis)
    outer = prod(atom.size for atom in dimension[:place])
    inner = prod(atom.size for atom in dimension[place + 1 :])
    reach = geometry.reach(axes[0]).repeated(inner)
    if outer > 1:
        reach = listed(reach.at_all() * outer)
    geometry = geometry.with_reach(axes[0], reach)
    return geometry.with_dimension(index, (Atom(reach.size, axes[0]),)), axes[0]


def with_axis(geometry: Geometry, index: int, axis: str, reach: Reach) -> Geometry:
    """Dimension `index` now holds `axis` with this reach."""
    return geometry.with_reach(axis, reach).with_dimension(index, (Atom(reach.size, axis),))


def resized(geometry: Geometry, index: int, size: int) -> Geometry:
    """Dimension `index` has another size, with nothing of the image in it."""
    if geometry.axes_of(index):
        geometry = mixed(geometry, [index])
    window = any(atom.window for atom in geometry.layout[index])
    return geometry.with_dimension(index, (Atom(size, "", window),))


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
        with_axes = [dimension for dimension in layouts if any(atom.axis for atom in dimension)]
        if any(dimension != with_axes[0] for dimension in with_axes[1:]):
            return _all_scattered(parts, shape)
        layout.append((with_axes or layouts or [(Atom(size),)])[0])
    result = Geometry(tuple(layout), *_joined_reaches(parts, layout))
    named = [atom.axis for dimension in layout for atom in dimension if atom.axis]
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
        windows = [window for part in parts for window in part.reach(axis).at_all()]
        flat = [part.with_dimension(index, ()) for part in parts]
        other = joined(flat, [1 if place == index else size for place, size in enumerate(shape)])
        return with_axis(other, index, axis, listed(windows))
    flat = [part.with_dimension(index, (Atom(1),)) for part in parts]
    together = joined(flat, [1 if place == index else size for place, size in enumerate(shape)])
    return resized(together, index, shape[index])


def _joined_reaches(parts: Sequence[Geometry], layout: list[Dimension]) -> tuple[Reach, Reach]:
    sizes = {atom.axis: atom.size for dimension in layout for atom in dimension if atom.axis}
    reaches: list[Reach] = []
    for axis in (HEIGHT, WIDTH):
        size = sizes.get(axis, 1)
        found = [
            part.reach(axis) if part.reach(axis).size == size else part.reach(axis).whole()
            for part in parts
        ]
        reach = found[0].broadcast(size)
        for other in found[1:]:
            reach = join(reach, other)
        reaches.append(reach)
    return reaches[0], reaches[1]


def _all_scattered(parts: Sequence[Geometry], shape: Sequence[int]) -> Geometry:
    single = [scattered(part, ()) for part in parts]
    height, width = _joined_reaches(single, [])
    return Geometry(tuple((Atom(size),) for size in shape), height, width)


def _merged(atoms: list[Atom]) -> list[Atom]:
    """Neighbors that hold nothing of the image become one."""
    result: list[Atom] = []
    for atom in atoms:
        if result and not atom.axis and not result[-1].axis:
            last = result.pop()
            atom = Atom(last.size * atom.size, "", last.window or atom.window)
        result.append(atom)
    return result
