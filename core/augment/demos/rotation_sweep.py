"""How a network's confidence changes as an image is turned."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.augment.functional.warp import affine_matrices, places, warp
from core.augment.types import RGB

ANGLES: tuple[int, ...] = tuple(range(-180, 181, 3))  # degrees, positive to the left
_AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class Sweep:
    """One image turned through `angles` (degrees, ascending, 0 among them).

    `images`: uint8 (A, 3, H, W), as turned. `probabilities`: float32 (A, classes).
    """

    angles: tuple[int, ...]
    images: Tensor
    probabilities: NDArray[np.float32]

    def lost(self, label: int) -> tuple[int | None, int | None]:
        """The first angle to the right (negative) and to the left at which `label` is no longer
        the answer; None where it always is, 0 in both where it never was."""
        answers = self.probabilities.argmax(1)
        start = self.angles.index(0)
        if answers[start] != label:
            return 0, 0
        right = next((self.angles[i] for i in range(start, -1, -1) if answers[i] != label), None)
        left = next(
            (self.angles[i] for i in range(start, len(self.angles)) if answers[i] != label), None
        )
        return right, left


def turned(image: Tensor, angles: tuple[int, ...], border: str, fill: RGB) -> Tensor:
    """uint8 (A, 3, H, W): one uint8 image (3, H, W) turned by each of `angles` degrees.

    `border` as for Rotate; `fill` in pixel values, for a constant border.
    """
    count, shape = len(angles), (image.shape[-2], image.shape[-1])
    still = {name: np.zeros(count) for name in ("shear_x", "shear_y", "shift_x", "shift_y")}
    size = {name: np.ones(count) for name in ("scale_x", "scale_y")}
    matrices = affine_matrices({"angle": np.array(angles, float), **still, **size}, shape)
    copies = image.to(torch.float32).expand(count, -1, -1, -1)
    sources = places(matrices, border, shape)
    return warp(copies, sources, border, fill).round_().clamp_(0, 255).to(torch.uint8)


def sweep(
    model: nn.Module,
    image: Tensor,
    mean: RGB,
    std: RGB,
    *,
    border: str = "constant",
    fill: RGB = (0.0, 0.0, 0.0),
    angles: tuple[int, ...] = ANGLES,
) -> Sweep:
    """What `model` (in eval mode, on the CPU) says of one uint8 image (3, H, W) at each angle.

    `mean` and `std` are those that it was trained with, from 0 to 1.
    """
    images = turned(image, angles, border, fill)
    shape = (1, 3, 1, 1)
    levels = images.to(torch.float32) / 255
    normalized = (levels - torch.tensor(mean).view(shape)) / torch.tensor(std).view(shape)
    with torch.inference_mode():
        logits = torch.cat([model(part) for part in normalized.split(_AT_ONCE)])  # type: ignore[no-untyped-call]
    return Sweep(angles, images, logits.softmax(1).numpy())
