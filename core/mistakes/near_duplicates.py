"""The training images nearest to each test image, as the network sees them; near-duplicates."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from core.device import cpu_multiplies_bfloat16
from core.errors import LabError
from core.mistakes.cam.explain import normalized
from core.progress import Progress, silent
from core.runs import weights

if TYPE_CHECKING:
    from torch import nn

    from core.data.image_set import ImageSet

NEAREST = 5
_BATCH = 500
_ROWS = 250  # test images at a time: a product with 50,000 training images takes 50 MB


@dataclass(frozen=True, eq=False)
class Neighbors:
    """Of every test image the nearest training images, nearest first.

    `indices`: int64 (N, k), of training images. `distance`: float32 (N, k), 0 to 2: one minus the
    cosine of the features. `pixels`: float32 (N, k), root mean square difference of the pixels
    themselves, in gray levels 0 to 255.
    """

    indices: NDArray[np.int64]
    distance: NDArray[np.float32]
    pixels: NDArray[np.float32]

    def duplicates(self, distance: float, pixels: float) -> NDArray[np.int64]:
        """Test images, int64, the likeliest first, with a neighbor within both limits."""
        near = (self.distance <= distance) & (self.pixels <= pixels)
        closest = np.where(near, self.pixels, np.inf).min(axis=1)
        found = np.flatnonzero(near.any(axis=1))
        ordered: NDArray[np.int64] = found[np.argsort(closest[found], kind="stable")]
        return ordered

    def closest(self, image: int, distance: float, pixels: float) -> int:
        """The column of the neighbor within both limits whose pixels are nearest."""
        near = (self.distance[image] <= distance) & (self.pixels[image] <= pixels)
        return int(np.where(near, self.pixels[image], np.inf).argmin())


@torch.no_grad()
def features(
    model: "nn.Module",
    images: Tensor,
    mean: tuple[float, float, float],
    std: tuple[float, float, float],
    progress: Progress = silent,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """The input of the last layer with weights, averaged over places, at length 1: float32 (N, D).

    `images` are uint8 (N, 3, H, W); `model` is the caller's own, in eval mode; it
    multiplies in `dtype`.

    Raises:
        LabError: the network has no convolution or linear layer.
    """
    last = _last_layer(model, images[:1])
    seen: list[Tensor] = []

    def keep(module: "nn.Module", inputs: tuple[Any, ...]) -> None:
        value = inputs[0]
        seen.append(value.mean((2, 3)) if value.dim() == 4 else value.flatten(1))

    handle = last.register_forward_pre_hook(keep)
    model.to(memory_format=torch.channels_last)
    autocast = torch.autocast("cpu", dtype, enabled=dtype != torch.float32)
    try:
        for start in range(0, len(images), _BATCH):
            batch = normalized(images[start : start + _BATCH], mean, std)
            with autocast:
                model(batch.contiguous(memory_format=torch.channels_last))
            progress(min(start + _BATCH, len(images)) / len(images), "Computing features")
    finally:
        handle.remove()
    return F.normalize(torch.cat(seen).float(), dim=1)


def feature_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it: cosines of `sprint` change by 0.002 at most."""
    return torch.bfloat16 if cpu_multiplies_bfloat16() else torch.float32


def find(
    weights_path: Path, images: "ImageSet", progress: Progress = silent, nearest: int = NEAREST
) -> Neighbors:
    """Neighbors by the network in a weights file. Raises LabError where it cannot be read."""
    loaded = weights.load(weights_path)
    about = loaded.about
    train_share = len(images.train_images) / (len(images.train_images) + len(images.test_images))

    def part(start: float, size: float) -> Progress:
        return lambda fraction, message: progress(start + size * fraction, message)

    model, mean, std, dtype = loaded.model, about.mean, about.std, feature_dtype()
    train = features(model, images.train_images, mean, std, part(0, 0.9 * train_share), dtype)
    rest = 0.9 * (1 - train_share)
    test = features(model, images.test_images, mean, std, part(0.9 * train_share, rest), dtype)
    k = min(nearest, len(train))
    rows, distances, pixels = [], [], []
    for start in range(0, len(test), _ROWS):
        chunk = test[start : start + _ROWS]
        alike, which = (chunk @ train.T).topk(k, dim=1)
        rows.append(which)
        distances.append(1 - alike)
        own = images.test_images[start : start + _ROWS, None].float()
        pixels.append((images.train_images[which].float() - own).square().mean((2, 3, 4)).sqrt())
        done = min(start + _ROWS, len(test)) / len(test)
        progress(0.9 + 0.1 * done, "Comparing test and training images")
    return Neighbors(
        torch.cat(rows).numpy(),
        torch.cat(distances).clamp_min(0).numpy(),
        torch.cat(pixels).numpy(),
    )


def _last_layer(model: "nn.Module", image: Tensor) -> "nn.Module":
    ran: list[nn.Module] = []
    kinds = (torch.nn.Conv2d, torch.nn.Linear)
    handles = [
        module.register_forward_hook(lambda module, inputs, output: ran.append(module))
        for module in model.modules()
        if isinstance(module, kinds)
    ]
    try:
        model(image.float())
    finally:
        for handle in handles:
            handle.remove()
    if not ran:
        raise LabError(
            "This network has no convolution and no linear layer, so it has no features to compare "
            "images by; choose another run."
        )
    return ran[-1]
