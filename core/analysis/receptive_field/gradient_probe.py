"""The receptive field measured by gradient, an oracle beside propagation.

The gradient of one position in the middle of a map, with respect to the image, is not zero exactly
at the pixels that can change that position. Taken on a network with positive weights
(positive_weights.py), in double precision and on an image large enough that the field does not
reach its edges, it has the theoretical receptive field's size. (The idea is used in the tests of
google-research/receptive_field; Araujo et al. 2019.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.analysis.receptive_field.positive_weights import Connections, positive
from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.axis_fields import Window
from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH, Geometry
from core.analysis.receptive_field.propagation.trace import Trace
from core.analysis.receptive_field.propagation.tracer import Tracer
from core.errors import LabError
from core.networks.copying import copied

MAX_SIZE = 512  # pixels a side of the probing image
_START = 32


@dataclass(frozen=True)
class Point:
    """One map's middle position, seen both ways. Windows are rows (columns) of the image."""

    node: int
    layer: str
    kind: str
    propagated: tuple[Window | None, Window | None]  # on the image, height and width
    probed: tuple[Window | None, Window | None]
    field: tuple[int, int]  # propagated, of this position, beyond the image's edges
    global_path: bool = False  # whether the probe also sees all of the image through one

    @property
    def agrees(self) -> bool:
        """Whether both see the same; through a global path the probe sees more."""
        if self.global_path:
            pairs = zip(self.propagated, self.probed, strict=True)
            return all(p is None or (q and q[0] <= p[0] <= p[1] <= q[1]) for p, q in pairs)
        return self.propagated == self.probed

    @property
    def inside(self) -> bool:
        """Whether the image was large enough to show all of the propagated field."""
        return self.field == (_length(self.propagated[0]), _length(self.propagated[1]))

    @property
    def probed_field(self) -> tuple[int, int]:
        return _length(self.probed[0]), _length(self.probed[1])


class _Enough(Exception):
    """The map that was asked for is there."""


class _Probing(Tracer):  # type: ignore[no-untyped-call]
    def __init__(self, model: nn.Module, last: int | None) -> None:
        super().__init__(model)
        self.last = last

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if self.last is not None and len(self.trace.nodes) > self.last:
            raise _Enough
        return super().__torch_dispatch__(func, types, args, kwargs)


class Probe:
    """A network ready to be probed; `model` itself is left alone."""

    def __init__(self, model: nn.Module, channels: int = 3) -> None:
        self.model = positive(copied(model))
        self.channels = channels

    def trace(self, size: tuple[int, int]) -> Trace:
        """A pass over an image of this size, for finding the nodes; failures are kept in it."""
        return self.run(size, None)[0].trace

    def points(self, nodes: Sequence[int], size: tuple[int, int]) -> list[Point]:
        """Both views of the middle positions of these nodes' maps, on an image of this size.

        A node whose tensor was written over since is left out.
        """
        tracer, picture = self.run(size, max(nodes))
        made = tracer.tensors()
        return [
            self._point(tracer.trace, node, made[node], picture) for node in nodes if node in made
        ]

    def before_pooling(self, node: int, image_size: tuple[int, int]) -> tuple[Point, int]:
        """The point of a node on an image that is large enough, if there is one, and its size."""
        size = max(_START, *image_size)
        while True:
            point = self.points([node], (size, size))[0]
            if point.inside or point.global_path or size >= MAX_SIZE:
                return point, size
            needed = max(point.field) + max(size // 4, 16)
            size = min(MAX_SIZE, max(needed, size * 3 // 2) if needed > size else size * 2)

    def run(self, size: tuple[int, int], last: int | None) -> tuple[Tracer, Tensor]:
        """A pass up to the node `last` (None: to the end), and the image that it began with."""
        tracer = _Probing(self.model, last)
        picture = torch.ones((1, self.channels, *size), dtype=torch.float64, requires_grad=True)
        tracer.track(picture, g.image(1, self.channels, *size), -1)
        try:
            with torch.enable_grad(), Connections(self.model), tracer:
                tracer.finish(self.model(picture))
        except _Enough:
            pass
        except Exception as error:
            if last is not None and len(tracer.trace.nodes) <= last:
                raise LabError(
                    f"The probe's pass over an image of {size[0]}x{size[1]} pixels fails before "
                    f"the map to be probed: {' '.join(str(error).split())[:300]}."
                ) from error
            tracer.trace.error = error
            tracer.trace.failed_in = tracer.stack[-1] if tracer.stack else None
        finally:
            tracer.remove_hooks()
        return tracer, picture

    def _point(self, trace: Trace, node: int, tensor: Tensor, picture: Tensor) -> Point:
        geometry = trace.nodes[node].geometry
        places, element = _middle(geometry, tuple(tensor.shape))
        if tensor.requires_grad:
            (gradient,) = torch.autograd.grad(
                tensor[element].sum(), picture, retain_graph=True, allow_unused=True
            )
        else:
            gradient = None
        probed = window_of(gradient, (0, 1, 3)), window_of(gradient, (0, 1, 2))
        size = tuple(picture.shape[2:])
        propagated = tuple(
            geometry.fields(axis).clipped(places[axis], size[number])
            for number, axis in enumerate((HEIGHT, WIDTH))
        )
        field = tuple(_length(geometry.fields(axis).at(places[axis])) for axis in (HEIGHT, WIDTH))
        return Point(
            node,
            trace.nodes[node].layer,
            trace.nodes[node].kind,
            (None, None) if None in propagated else (propagated[0], propagated[1]),
            probed,
            (field[0], field[1]),
            bool(geometry.global_paths),
        )


def _middle(geometry: Geometry, shape: tuple[int, ...]) -> tuple[dict[str, int], tuple[Any, ...]]:
    """The middle position along each axis, and the index of all elements that have it, summed."""
    places = {HEIGHT: 0, WIDTH: 0}
    index: list[Any] = []
    for number in range(len(shape)):
        single, axis = g.along(geometry, number)
        if not axis:
            index.append(slice(None))
            continue
        place = single.fields(axis).size // 2
        inner = shape[number] // geometry.fields(axis).size
        places[axis] = place // inner
        index.append(place)
    return places, tuple(index)


def window_of(gradient: Tensor | None, dims: tuple[int, ...]) -> Window | None:
    if gradient is None:
        return None
    touched = gradient.abs().amax(dims).nonzero()
    return (int(touched[0]), int(touched[-1])) if len(touched) else None


def _length(window: Window | None) -> int:
    return 0 if window is None else window[1] - window[0] + 1
