"""Windows element by element, where no rule on layouts suffices, and back to a layout.

Used for what an operator was asked (unknown_operators.py) and for tensors that were written into
piece by piece. An element's window is a pair of numbers; NOTHING is that of one that sees nothing.
"""

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.analysis.receptive_field.propagation.axis_fields import AxisFields, Window, fitted, union
from core.analysis.receptive_field.propagation.layout import (
    HEIGHT,
    WIDTH,
    Dimension,
    Factor,
    Geometry,
    collapsed,
)

if TYPE_CHECKING:
    from torch import Tensor

Numbers = NDArray[np.int64]
NOTHING = (1 << 40, -(1 << 40))


@dataclass(frozen=True)
class Along:
    """How windows lie in a tensor: one for every index of `dimension`; -1: the same everywhere."""

    dimension: int
    windows: tuple[Window | None, ...]


def positions(geometry: Geometry, axis: str) -> Numbers | None:
    """Every element's position along `axis`, in a shape that broadcasts; None without the axis."""
    for index, dimension in enumerate(geometry.layout):
        for place, factor in enumerate(dimension):
            if factor.axis == axis:
                outer = prod(f.size for f in dimension[:place])
                inner = prod(f.size for f in dimension[place + 1 :])
                shape = [1] * len(geometry.layout)
                shape[index] = -1
                return np.tile(np.repeat(np.arange(factor.size), inner), outer).reshape(shape)
    return None


def windows_of(geometry: Geometry, axis: str) -> tuple[Numbers, Numbers]:
    """First and last pixel that every element sees along `axis`."""
    table = np.array([window or NOTHING for window in geometry.fields(axis).at_all()])
    places = positions(geometry, axis)
    found = table[np.zeros((1,) * len(geometry.layout), int) if places is None else places]
    shape = geometry.shape
    return (
        np.broadcast_to(found[..., 0], shape).copy(),
        np.broadcast_to(found[..., 1], shape).copy(),
    )


def located(first: Numbers, last: Numbers, *, exact: bool) -> Along | None:
    """The dimension along which windows differ; None where they differ along more than one.

    With `exact`, no element's window may be widened by taking one for each index; otherwise the
    dimension is chosen by which they are widened least.
    """
    low, high = int(first.min()), int(last.max())
    if high < low:
        return Along(-1, (None,))
    widest = int((last - first).max())
    best: tuple[int, Along] | None = None
    for index, size in enumerate(first.shape):
        others = tuple(i for i in range(first.ndim) if i != index)
        lows, highs = first.min(axis=others), last.max(axis=others)
        width = int((highs - lows).max())
        if size > 1 and (best is None or width < best[0]):
            pairs = zip(lows.tolist(), highs.tolist(), strict=True)
            best = width, Along(index, tuple((a, b) if a <= b else None for a, b in pairs))
    if high - low <= widest:
        return Along(-1, ((low, high),))
    if best is None or (exact and best[0] > widest):
        return None
    return best[1]


def divided(size: int, along: dict[str, tuple[int, Along]]) -> Dimension | None:
    """A dimension of so many elements as factors, from the position at each of its indices.

    `along` gives the size of each axis in it and its positions. None if they lie otherwise than
    row by row.
    """
    runs: list[tuple[int, int, str]] = []
    for axis, (count, found) in along.items():
        at = [window[0] if window else -1 for window in found.windows]
        run = next((i for i in range(1, size) if at[i] != at[0]), size)
        if any(place != index // run % count for index, place in enumerate(at)):
            return None
        runs.append((run, count, axis))
    factors: list[Factor] = []
    left = size
    for run, count, axis in sorted(runs, reverse=True):
        if left % (run * count):
            return None
        if left > run * count:
            factors.append(Factor(left // (run * count)))
        factors.append(Factor(count, axis))
        left = run
    return (*factors, Factor(left)) if left > 1 else tuple(factors)


def seen_through(fields: AxisFields, windows: tuple[Window | None, ...]) -> AxisFields:
    """The fields of a map whose positions read windows of positions of this one."""
    count, size = fields.size, len(windows)
    step, kernel, first = _stride(windows, count)
    if step:
        return fields.window(size, kernel, step, -first)
    if windows == tuple((i, i) for i in reversed(range(count))):
        return fields.reversed()
    if size % count == 0 and windows == tuple((i * count // size,) * 2 for i in range(size)):
        return fields.repeated(size // count)
    return fitted([w and union(fields.at(i) for i in range(w[0], w[1] + 1)) for w in windows])


def _stride(windows: tuple[Window | None, ...], count: int) -> tuple[int, int, int]:
    """Stride, kernel and first position where all windows are those of a kernel; else zeros."""
    middle = len(windows) // 2
    before, here = windows[max(middle - 1, 0)], windows[middle]
    if before is None or here is None or len(windows) < 3:
        return 0, 0, 0
    step, kernel = here[0] - before[0], here[1] - here[0] + 1
    if step < 1:
        return 0, 0, 0
    for index, window in enumerate(windows):
        low = here[0] + (index - middle) * step
        low, high = max(low, 0), min(low + kernel - 1, count - 1)
        if window != ((low, high) if low <= high else None):
            return 0, 0, 0
    return step, kernel, here[0] - middle * step


def elements_of(part: "Tensor", base: "Tensor") -> Numbers:
    """For every element of a view, in order, which element of its base it is."""
    places = _addresses(tuple(base.shape), base.stride()).ravel()
    inverse = np.zeros(int(places.max()) + 1, np.int64)
    inverse[places] = np.arange(len(places))
    offset = int(part.storage_offset()) - int(base.storage_offset())
    found: Numbers = inverse[_addresses(tuple(part.shape), part.stride()).ravel() + offset]
    return found


def _addresses(shape: tuple[int, ...], strides: tuple[int, ...]) -> Numbers:
    result = np.zeros(shape, np.int64)
    for index, (size, stride) in enumerate(zip(shape, strides, strict=True)):
        along = np.arange(size) * stride
        result += along.reshape([-1 if i == index else 1 for i in range(len(shape))])
    return result


def written(
    before: Geometry | None, shape: tuple[int, ...], elements: Numbers, part: Geometry | None
) -> Geometry:
    """A tensor of which some elements were written anew; None stands for one without the image."""
    known = [entry for entry in (before, part) if entry is not None]
    layout: list[Dimension] = [(Factor(size),) for size in shape]
    result = replace(
        known[0],
        unknown=next((entry.unknown for entry in known if entry.unknown), ""),
        global_paths=frozenset[int]().union(*(entry.global_paths for entry in known)),
    )
    for axis in (HEIGHT, WIDTH):
        pair = [np.full(shape, limit) for limit in NOTHING]
        old = windows_of(before, axis) if before else pair
        new = windows_of(part, axis) if part else [np.full(len(elements), n) for n in NOTHING]
        for values, was, now in zip(pair, old, new, strict=True):
            values[...] = was
            values.reshape(-1)[elements] = now.ravel()
        found = located(pair[0], pair[1], exact=False)
        assert found is not None
        fields = next(
            (e.fields(axis) for e in known if e.fields(axis).at_all() == found.windows), None
        )
        result = result.with_fields(axis, fields or fitted(found.windows))
        if found.dimension >= 0 and any(factor.axis for factor in layout[found.dimension]):
            return collapsed(result, shape, "A tensor is written into piece by piece")
        if found.dimension >= 0:
            layout[found.dimension] = (Factor(shape[found.dimension], axis),)
    return replace(result, layout=tuple(layout))
