"""What a handler of a torch operation is given and gives back.

It gets the arguments as torch passes them, with every tensor that descends from the image replaced
by a `Traced` (its geometry and shape) and every other tensor left alone, and returns a `Step`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.analysis.receptive_field.propagation import joins
from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.axis_fields import AxisFields
from core.analysis.receptive_field.propagation.layout import Geometry

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Traced:
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
    lost: bool = False  # whether it is not known what it reads


# None: this handler cannot tell, and the operator is asked.
Handler = Callable[[tuple[Any, ...], dict[str, Any], Shape], Step | None]


class Handlers(dict[str, Handler]):
    """Handlers by the aten name of their operation."""

    def of(self, *names: str) -> Callable[[Handler], Handler]:
        """Decorates a handler with the names of its operations."""

        def add(handler: Handler) -> Handler:
            self.update(dict.fromkeys(names, handler))
            return handler

        return add


def pointwise(kind: str, seen: Sequence[Traced], shape: Shape) -> Step:
    """Element by element, with broadcasting."""
    return Step(kind, joins.joined([entry.geometry for entry in seen], shape))


def pair(value: Any, count: int = 2) -> tuple[int, ...]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * count if len(values) == 1 else values


def along_each(
    seen: Traced, shape: Shape, count: int, change: Callable[[AxisFields, int, int], AxisFields]
) -> Geometry:
    """After `change(fields, new size, place)` along each of the last `count` dimensions."""
    result = seen.geometry
    first = len(shape) - count
    for place in range(count):
        index = first + place
        result, axis = g.along(result, index)
        if not axis:
            result = g.resized(result, index, shape[index])
            continue
        result = g.with_axis(result, index, axis, change(result.fields(axis), shape[index], place))
    return result


def default(args: tuple[Any, ...], index: int, fallback: Any) -> Any:
    return args[index] if len(args) > index else fallback
