"""The convolution layers of a network that a heat map can be drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from core.errors import LabError
from core.registry import unknown

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ConvLayer:
    """A convolution by its name in the network, and the size of what it puts out."""

    name: str
    channels: int
    height: int
    width: int

    @property
    def label(self) -> str:
        return f"{self.name} ({self.height}×{self.width}, {self.channels} channels)"


@torch.no_grad()
def conv_layers(model: "nn.Module", image_size: int = 32) -> list[ConvLayer]:
    """Every 2d convolution that runs, in order of execution; one that runs twice counts once.

    `model` must be the caller's own: it is run once on a black picture, in the mode it is in.
    """
    found: dict[str, ConvLayer] = {}
    handles = []

    def note(name: str) -> Any:
        def hook(module: "nn.Module", inputs: Any, output: torch.Tensor) -> None:
            found.setdefault(name, ConvLayer(name, *output.shape[1:]))

        return hook

    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            handles.append(module.register_forward_hook(note(name)))
    try:
        device = next(model.parameters()).device
        model(torch.zeros(1, 3, image_size, image_size, device=device))
    finally:
        for handle in handles:
            handle.remove()
    return list(found.values())


def default_layer(layers: Sequence[ConvLayer]) -> ConvLayer:
    """The last one whose map has more than one cell: the nearest to the answer that shows a place.

    Raises:
        LabError: there is none.
    """
    for layer in reversed(layers):
        if layer.height * layer.width > 1:
            return layer
    raise LabError(
        "This network has no convolution with a map larger than 1x1, so there is no heat map; "
        "choose a run of a convolutional network."
    )


def chosen_layer(layers: Sequence[ConvLayer], name: str) -> ConvLayer:
    """The layer called `name`, or the default one for an empty name.

    Raises:
        LabError: there is no such layer, or its map has a single cell.
    """
    if not name:
        return default_layer(layers)
    by_name = {layer.name: layer for layer in layers}
    if name not in by_name:
        raise LabError(unknown("convolution layer", name, by_name))
    layer = by_name[name]
    if layer.height * layer.width == 1:
        raise LabError(
            f"The map of layer {name!r} is 1x1, which says nothing about places; choose an earlier "
            f"layer, {default_layer(layers).name!r} for example."
        )
    return layer
