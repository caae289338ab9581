"""What each torch operation does to a Geometry: one function a kind, found by its aten name.

An operation gets its arguments as torch passes them, with every tensor that descends from the image
replaced by a `Seen` (its geometry and shape) and every other tensor left alone, and returns a
`Step`. The functions are in windows.py, reductions.py and views.py. Operations that torch tags as
pointwise need none. One that is not known is taken to see everything (`lost`), and that is said on
the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.layout import Geometry
from core.analysis.receptive_field.propagation.reach import Reach

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Seen:
    """A tensor that descends from the image."""

    geometry: Geometry
    shape: Shape


@dataclass
class Step:
    """What an operation was, for the table and the rules, and where the image is after it."""

    kind: str
    geometry: Geometry | Sequence[Geometry]
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    padding: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    groups: int | None = None
    channels: tuple[int, int] | None = None  # in and out
    macs: int = 0  # multiply-accumulates of the whole batch
    pooled: tuple[str, ...] = ()  # directions that were pooled from the whole map to one position
    note: str = ""
    lost: bool = field(default=False)


Handler = Callable[[tuple[Any, ...], dict[str, Any], Shape], Step]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    def add(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return add


def pointwise(kind: str, seen: Sequence[Seen], shape: Shape) -> Step:
    """Element by element, with broadcasting."""
    return Step(kind, g.joined([entry.geometry for entry in seen], shape))


def unknown(name: str, seen: Sequence[Seen], shape: Shape) -> Step:
    """An operation that nothing is known about: every output sees everything."""
    parts = [g.scattered(entry.geometry, ()) for entry in seen]
    together = g.joined(parts, ())
    layout = tuple((g.Atom(size),) for size in shape)
    note = f"{name} is not known here and is taken to see everything that its input sees"
    return Step(name, Geometry(layout, together.height, together.width), note=note, lost=True)


def pair(value: Any, count: int = 2) -> tuple[int, ...]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * count if len(values) == 1 else values


def along_each(
    seen: Seen, shape: Shape, count: int, change: Callable[[Reach, int, int], Reach]
) -> Geometry:
    """After `change(reach, new size, place)` along each of the last `count` dimensions."""
    result = seen.geometry
    first = len(shape) - count
    for place in range(count):
        index = first + place
        result, axis = g.along(result, index)
        if not axis:
            result = g.resized(result, index, shape[index])
            continue
        result = g.with_axis(result, index, axis, change(result.reach(axis), shape[index], place))
    return result


def default(args: tuple[Any, ...], index: int, fallback: Any) -> Any:
    return args[index] if len(args) > index else fallback
