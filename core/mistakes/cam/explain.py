"""Class-activation maps: where in a picture the network found evidence for a class.

A map is always computed on a network that was built for this one call from a weights file and is
thrown away after: the library hangs hooks and gradients on what it is given, and two threads on
one model crash the process.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from core.mistakes.cam.layers import ConvLayer, chosen_layer, conv_layers
from core.mistakes.cam.methods import DEFAULT, METHODS
from core.progress import Progress, silent
from core.runs import weights

if TYPE_CHECKING:
    from torch import nn

_BATCH = 32
_one_at_a_time = threading.Lock()  # the library has state in its modules; and memory has an end


@dataclass(frozen=True, eq=False)
class Maps:
    """One map an image.

    `grids`: float32 (N, h, w), as large as the layer's own output; `heat`: float32 (N, H, W), the
    same stretched to the picture (bilinear). Both are divided by the strongest cell of each image,
    so 0 is nothing and 1 the most (the library's own output has its lowest cell at 0, whatever that
    was). `strongest`: float32 (N,), what 1 stands for, in the method's own unit; 0 where there is
    no evidence for the class and the map is empty.
    """

    layer: ConvLayer
    method: str
    grids: NDArray[np.float32]
    heat: NDArray[np.float32]
    strongest: NDArray[np.float32]


def layers_of(weights_path: Path) -> list[ConvLayer]:
    """The convolutions of the network in a weights file, in order of execution."""
    return conv_layers(weights.load(weights_path).model)


def explain(
    weights_path: Path,
    images: Tensor,
    targets: Sequence[int],
    *,
    method: str = DEFAULT,
    layer: str = "",
    progress: Progress = silent,
    change: "Callable[[nn.Module], None] | None" = None,
) -> Maps:
    """Maps of uint8 images (N, 3, H, W) for the class in `targets` of each.

    `method` is a name in METHODS, `layer` that of a convolution; empty for the last one whose map
    has more than one cell. `progress` is called after every few images; what it raises ends the
    work. `change` may alter the network first, which is this call's own copy.

    Raises:
        LabError: the method or layer is unknown, its map is 1x1, or the weights cannot be read.
        ValueError: there are no images, or not one target class for each.
    """
    record = METHODS[method]
    if not len(images) or len(images) != len(targets):
        raise ValueError(f"{len(images)} images and {len(targets)} target classes")
    with _one_at_a_time:
        loaded = weights.load(weights_path)
        if change is not None:
            change(loaded.model)
        model = prepared(loaded.model)
        place = chosen_layer(conv_layers(model, images.shape[-1]), layer)
        parts = []
        # The slow ones call the network once a channel and image: news after every image.
        step = _BATCH if record.quick else 1
        for start in range(0, len(images), step):
            batch = normalized(images[start : start + step], loaded.about.mean, loaded.about.std)
            wanted = targets[start : start + step]
            with record.make(model, [model.get_submodule(place.name)]) as cam:
                parts.append(_grids(cam, batch, wanted))
            progress(min(start + step, len(images)) / len(images), record.label)
    raw = np.concatenate(parts)
    strongest = raw.max(axis=(1, 2))
    grids = raw / np.maximum(strongest, 1e-12)[:, None, None]
    stretched = F.interpolate(
        torch.from_numpy(grids)[:, None], images.shape[-2:], mode="bilinear", align_corners=False
    )
    return Maps(place, method, grids, stretched[:, 0].numpy(), strongest)


def normalized(
    images: Tensor, mean: tuple[float, float, float], std: tuple[float, float, float]
) -> Tensor:
    """uint8 images (N, 3, H, W) as the network was trained on: float32, mean 0, deviation 1."""
    shift, scale = (torch.tensor(each).view(1, 3, 1, 1) * 255 for each in (mean, std))
    return (images.float() - shift) / scale


def prepared(model: "nn.Module") -> "nn.Module":
    """In eval mode, with gradients; without in-place steps, which would change what hooks saw."""
    for module in model.modules():
        if getattr(module, "inplace", False):
            module.inplace = False  # type: ignore[assignment]
    return model.eval().requires_grad_(True)


def _grids(cam: Any, batch: Tensor, targets: Sequence[int]) -> NDArray[np.float32]:
    """The maps as they leave the layer (N, h, w), before the library stretches them."""
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    seen: list[NDArray[np.float32]] = []
    whole = cam.get_cam_image

    def keep(*arguments: Any, **named: Any) -> Any:
        seen.append(whole(*arguments, **named))
        return seen[-1]

    cam.get_cam_image = keep
    with torch.enable_grad():
        cam(input_tensor=batch, targets=[ClassifierOutputTarget(each) for each in targets])
    # AblationCAM divides by the answer's score, which may be 0.
    return np.nan_to_num(np.maximum(np.asarray(seen[0], dtype=np.float32), 0))


# The library imports matplotlib, which must not look for a screen on a server.
os.environ.setdefault("MPLBACKEND", "Agg")
