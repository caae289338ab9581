"""Moving pixels: affine matrices as albumentations composes them, and a batched warp.

Coordinates are pixels, x to the right and y down, pixel centres on whole numbers. A matrix maps a
point of the source image to its place in the result, as for OpenCV's warpAffine.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.augment.draws import Shape, Values

# OpenCV's border modes in the words of torch's grid_sample: (padding_mode, align_corners)
_BORDERS = {
    "constant": ("zeros", True),
    "reflect_101": ("reflection", True),  # about the outer pixel centres
    "reflect": ("reflection", False),  # about the outer pixel edges
    "replicate": ("border", True),
}


def affine_matrices(values: Values, shape: Shape) -> NDArray[np.float64]:
    """(n, 2, 3) from angle and shear in degrees, scale factors and shifts in pixels.

    Scaled first, then turned (anticlockwise for a positive angle), sheared, moved; all about the
    image's centre (albumentations 2.0.8, create_affine_transformation_matrix).
    """
    angle = np.deg2rad(values["angle"])
    cos, sin = np.cos(angle), np.sin(angle)
    scale_x, scale_y = values["scale_x"], values["scale_y"]
    turned = np.array([[cos * scale_x, sin * scale_y], [-sin * scale_x, cos * scale_y]])
    one = np.ones_like(cos)
    shear = np.array(
        [
            [one, np.tan(np.deg2rad(values["shear_x"]))],
            [np.tan(np.deg2rad(values["shear_y"])), one],
        ]
    )
    linear = np.einsum("ijn,jkn->nik", shear, turned)
    centre = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2])
    shift = np.stack([values["shift_x"], values["shift_y"]], axis=-1)
    offset = centre + shift - linear @ centre
    return np.concatenate([linear, offset[..., None]], axis=-1)


def inverse(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2, 3): from a place in the result back to the source."""
    linear = np.linalg.inv(matrices[:, :, :2])
    return np.concatenate([linear, -linear @ matrices[:, :, 2:]], axis=-1)


def warp(
    images: Tensor,
    matrices: NDArray[np.float64],
    border: str,
    fill: tuple[float, ...],
    interpolation: str,
) -> Tensor:
    """Images (n, 3, H, W) moved by (n, 2, 3) matrices, interpolated without rounding.

    `border` is one of constant, reflect_101, reflect, replicate, wrap; `fill` holds three values
    for constant; `interpolation` is linear or nearest.
    """
    height, width = images.shape[-2:]
    back = torch.from_numpy(inverse(matrices).astype(np.float32)).to(images.device)
    across = torch.arange(width, dtype=torch.float32, device=images.device)
    down = torch.arange(height, dtype=torch.float32, device=images.device)[:, None]
    a = back[..., None, None]  # (n, 2, 3, 1, 1)
    # grid_sample takes (n, H, W, 2); x and y are computed as planes and read through a view
    places = a[:, :, 0] * across + (a[:, :, 1] * down + a[:, :, 2])
    if border == "wrap":
        size = torch.tensor([width, height], device=images.device).view(1, 2, 1, 1)
        places = places.remainder(size)
        images = functional.pad(images, (0, 1, 0, 1), mode="circular")
        height, width = height + 1, width + 1
    padding, corners = _BORDERS.get(border, ("zeros", True))
    extent = torch.tensor([width, height], dtype=torch.float32, device=images.device)
    extent = extent.view(1, 2, 1, 1)
    if corners:
        places.mul_(2.0 / (extent - 1)).sub_(1.0)
    else:
        places.mul_(2.0 / extent).add_(1.0 / extent - 1.0)
    colour = None
    if border == "constant" and any(fill):
        colour = torch.tensor(fill, device=images.device).view(1, 3, 1, 1)
        images = images - colour  # so that the zeros outside stand for the fill
    mode = "nearest" if interpolation == "nearest" else "bilinear"
    warped = functional.grid_sample(
        images, places.permute(0, 2, 3, 1), mode=mode, padding_mode=padding, align_corners=corners
    )
    return warped if colour is None else warped.add_(colour)
