"""Moving pixels: affine matrices as albumentations composes them, and a batched warp.

Coordinates are pixels, x to the right and y down, pixel centers on whole numbers. A matrix maps a
point of the source image to its place in the result, as for OpenCV's warpAffine.
"""

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.augment.types import Shape, Values

Color = tuple[float, ...]

# OpenCV's border modes in the words of torch's grid_sample: (padding_mode, align_corners)
_BORDERS = {
    "constant": ("zeros", True),
    "reflect_101": ("reflection", True),  # about the outer pixel centers
    "reflect": ("reflection", False),  # about the outer pixel edges
    "replicate": ("border", True),
    "wrap": ("border", True),  # of an image that is continued by one line and one column
}


def affine_matrices(values: Values, shape: Shape) -> NDArray[np.float64]:
    """(n, 2, 3) from angle and shear in degrees, scale factors and shifts in pixels.

    Scaled first, then turned (to the left for a positive angle), sheared, moved; all about the
    image's center (albumentations 2.0.8, create_affine_transformation_matrix).
    """
    angle = np.deg2rad(values["angle"])
    cos, sin = np.cos(angle), np.sin(angle)
    scale_x, scale_y = values["scale_x"], values["scale_y"]
    a, b, c, d = cos * scale_x, sin * scale_y, -sin * scale_x, cos * scale_y
    slant_x = np.tan(np.deg2rad(values["shear_x"]))
    slant_y = np.tan(np.deg2rad(values["shear_y"]))
    center_x, center_y = (shape[1] - 1) / 2, (shape[0] - 1) / 2
    matrices = np.empty((len(angle), 2, 3))
    matrices[:, 0, 0] = a + slant_x * c
    matrices[:, 0, 1] = b + slant_x * d
    matrices[:, 1, 0] = slant_y * a + c
    matrices[:, 1, 1] = slant_y * b + d
    turned = matrices[:, :, 0] * center_x + matrices[:, :, 1] * center_y
    matrices[:, 0, 2] = center_x + values["shift_x"] - turned[:, 0]
    matrices[:, 1, 2] = center_y + values["shift_y"] - turned[:, 1]
    return matrices


def inverse(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2, 3): from a place in the result back to the source."""
    a, b, x, c, d, y = matrices.reshape(-1, 6).T
    back = np.stack([d, -b, b * y - d * x, -c, a, c * x - a * y], axis=-1)
    return (back / (a * d - b * c)[:, None]).reshape(-1, 2, 3)


def places(matrices: NDArray[np.float64], border: str, shape: Shape) -> NDArray[np.float32]:
    """(n, 2, 3) that map a pixel (x, y, 1) of the result to its source, as grid_sample counts.

    grid_sample counts from -1 to 1, between the outer pixel centers or edges of the source; that is
    one more affine map, so it is folded into the inverse of `matrices`, which are few and exact.
    """
    height, width = shape
    extra = border == "wrap"  # the source is continued by one line and one column
    extent = np.array([width + extra, height + extra], dtype=np.float64)[:, None]
    back = inverse(matrices)
    if _BORDERS[border][1]:
        back *= 2.0 / (extent - 1.0)
        back[:, :, 2:] -= 1.0
    else:
        back *= 2.0 / extent
        back[:, :, 2:] += 1.0 / extent - 1.0
    return back.astype(np.float32)


def warp(images: Tensor, sources: NDArray[np.float32], border: str, fill: Color) -> Tensor:
    """Images (n, 3, H, W), each pixel taken from where `sources`, of `places`, says.

    Bilinear, not rounded. `border` is one of constant, reflect_101, reflect, replicate, wrap;
    `fill` holds three values for constant.
    """
    height, width = images.shape[-2:]
    padding, corners = _BORDERS[border]
    grid = _grid(sources, (height, width), images.device)
    color = None
    if border == "wrap":
        size = torch.tensor([width, height], dtype=torch.float32, device=images.device)
        grid = ((grid + 1.0) * (size / 2)).remainder(size) * (2 / size) - 1.0
        images = functional.pad(images, (0, 1, 0, 1), mode="circular")
    elif border == "constant" and any(fill):
        color = torch.tensor(fill, device=images.device).view(1, 3, 1, 1)
        images = images - color  # so that the zeros outside stand for the fill
    warped = functional.grid_sample(
        images, grid, mode="bilinear", padding_mode=padding, align_corners=corners
    )
    return warped if color is None else warped.add_(color)


@cache
def _pixels(shape: Shape) -> NDArray[np.float32]:
    """(3, H x W): x, y and 1 of every pixel."""
    y, x = np.indices(shape, dtype=np.float32).reshape(2, -1)
    return np.stack([x, y, np.ones_like(x)])


def _grid(sources: NDArray[np.float32], shape: Shape, device: torch.device) -> Tensor:
    """(n, H, W, 2), a view of planes of x and of y, which grid_sample reads fast."""
    height, width = shape
    count = len(sources)
    if device.type == "cpu":  # numpy's product of small matrices takes a quarter of torch's time
        made = torch.from_numpy(sources.reshape(-1, 3) @ _pixels(shape))
    else:  # and no matrix product here, which a GPU may be set to round
        lines = torch.from_numpy(sources).to(device).reshape(-1, 3, 1)
        x, y, _ = torch.from_numpy(_pixels(shape)).to(device)
        made = lines[:, 0] * x + (lines[:, 1] * y + lines[:, 2])
    return made.view(count, 2, height, width).permute(0, 2, 3, 1)


def crop(
    images: Tensor, left: Tensor, top: Tensor, padding: int, border: str, fill: Color
) -> Tensor:
    """Cut (H, W) out of each image after a rim of `padding` pixels was added on all sides.

    `left`, `top`: int64 (n,), the corner of the cut in the padded image. Exact.
    """
    height, width = images.shape[-2:]
    device = images.device
    across = torch.arange(width, device=device) + left.view(-1, 1) - padding  # (n, W)
    down = torch.arange(height, device=device) + top.view(-1, 1) - padding
    columns, lines = _inside(across, width, border), _inside(down, height, border)
    each = torch.arange(len(images), device=device).view(-1, 1, 1, 1)
    channels = torch.arange(3, device=device).view(1, 3, 1, 1)
    made = images[each, channels, lines[:, None, :, None], columns[:, None, None, :]]
    if border == "constant":
        outside = ((across < 0) | (across >= width))[:, None, None, :]
        outside = outside | ((down < 0) | (down >= height))[:, None, :, None]
        color = torch.tensor(fill, dtype=images.dtype, device=device).view(1, 3, 1, 1)
        made = torch.where(outside, color, made)
    return made


def _inside(places: Tensor, size: int, border: str) -> Tensor:
    """Whole places, each moved to where the border mode takes its value from."""
    if border == "wrap":
        return places.remainder(size)
    if border == "reflect_101":
        folded = places.remainder(2 * size - 2)
        return torch.minimum(folded, 2 * size - 2 - folded)
    if border == "reflect":
        folded = places.remainder(2 * size)
        return torch.minimum(folded, 2 * size - 1 - folded)
    return places.clamp(0, size - 1)
