"""Propagated and probed receptive field, side by side; where they differ, both are shown."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.analysis.receptive_field.collapse import collapse
from core.config.run_config import NetworkConfig
from core.errors import LabError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Compared:
    """One map's middle position: the field in pixels, height and width, found in two ways."""

    layer: str
    kind: str
    propagated: tuple[int, int]
    probed: tuple[int, int]
    agrees: bool
    whole: bool  # whether the probing image held all of the field; if not, its edges cut both
    global_path: bool = False  # through which the probe sees all of the image


@dataclass(frozen=True)
class Agreement:
    """The receptive field before pooling by both methods."""

    name: str
    before_pooling: Compared
    image_size: int  # of the probing image, pixels a side
    layers: tuple[Compared, ...] = ()

    @property
    def agrees(self) -> bool:
        return all(entry.agrees for entry in (self.before_pooling, *self.layers))

    def to_dict(self) -> dict[str, Any]:
        found = self.before_pooling
        return {
            "receptive_field": _number(found.probed),
            "propagated": _number(found.propagated),
            "agrees": found.agrees,
            "image_size": self.image_size,
            "layer": found.layer,
        }

    def to_plain(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "image_size": self.image_size,
            "before_pooling": vars(self.before_pooling),
            "layers": [vars(entry) for entry in self.layers],
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Agreement":
        def made(entry: dict[str, Any]) -> Compared:
            named: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in entry.items()
            }
            return Compared(**named)

        layers = tuple(made(entry) for entry in plain["layers"])
        first = made(plain["before_pooling"])
        return cls(plain["name"], first, plain["image_size"], layers)

    def sentence(self) -> str:
        """What the probe found, and whether that is what propagation says."""
        found, size = self.before_pooling, self.image_size
        probed, propagated = (_text(pair) for pair in (found.probed, found.propagated))
        if found.global_path and found.agrees:
            return (
                f"A global path lets every position at {found.layer} see all of the image, and so "
                f"does the probe; the local paths see {propagated} pixels, as propagated."
            )
        if not found.whole:
            words = (
                f"The probe sees {probed} of an image of {size}x{size} pixels, up to its edges: "
                "the field is at least that"
            )
            return (
                f"{words}, as propagated." if found.agrees else f"{words}; propagated {propagated}."
            )
        if found.agrees:
            return f"The probe measures {probed} pixels at {found.layer}, as propagated."
        return (
            f"The two methods disagree at {found.layer}: propagated {propagated}, probed {probed} "
            "pixels; trust neither, and look at what the network does there."
        )


def compare(
    network: "NetworkConfig | nn.Module",
    name: str = "",
    classes: int = 10,
    image_size: tuple[int, int] = (32, 32),
    *,
    layer_by_layer: bool = False,
) -> Agreement:
    """Probe a network before its pooling, and at every layer that looks at neighbors if asked.

    Raises LabError for a network that cannot be made or whose forward pass fails.
    """

    from core.analysis.receptive_field.gradient_probe import Point, Probe
    from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH
    from core.networks.building import to_look_at

    model, name = to_look_at(network, name, classes)
    probe = Probe(model)
    trace = probe.trace(image_size)
    if trace.error is not None:
        place = trace.failed_in.name if trace.failed_in else "forward"
        raise LabError(f"{name} cannot be probed: its forward pass fails at {place}.")

    def compared(point: Point) -> Compared:
        seen = tuple(0 if w is None else w[1] - w[0] + 1 for w in point.propagated)
        return Compared(
            point.layer or "forward",
            point.kind,
            (seen[0], seen[1]),
            point.probed_field,
            point.agrees,
            point.inside,
            point.global_path,
        )

    end = collapse(trace, HEIGHT)
    node = trace.output if end.operation < 0 else end.operation
    if end.operation >= 0 and end.kind != "convolution":
        node = max(trace.nodes[node].inputs)
    if node < 0:
        raise LabError(f"{name} pools the image itself; there is no map to probe.")
    point, size = probe.before_pooling(node, image_size)
    layers: tuple[Compared, ...] = ()
    if layer_by_layer:
        chosen = [
            entry.index
            for entry in trace.nodes[: node + 1]
            if entry.geometry.axes == {HEIGHT, WIDTH}
            and len(entry.out_shape) == 4
            and (entry.step.kernel or len(entry.inputs) > 1)
        ]
        layers = tuple(compared(entry) for entry in probe.points(chosen, (size, size)))
    return Agreement(name, compared(point), size, layers)


def _text(pair: tuple[int, int]) -> str:
    return f"{pair[0]}x{pair[1]}" if pair[0] != pair[1] else f"{pair[0]}"


def _number(pair: tuple[int, int]) -> int | list[int]:
    """One number for two equal ones."""
    return list(pair) if pair[0] != pair[1] else pair[0]
