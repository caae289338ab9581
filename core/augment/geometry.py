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

Colour = tuple[float, ...]

# OpenCV's border modes in the words of torch's grid_sample: (padding_mode, align_corners)
_BORDERS = {
    "constant": ("zeros", True),
    "reflect_101": ("reflection", True),  # about the outer pixel centres
    "reflect": ("reflection", False),  # about the outer pixel edges
    "replicate": ("border", True),
    "wrap": ("border", True),  # of an image that is continued by one line and one column
}


def affine_matrices(values: Values, shape: Shape) -> NDArray[np.float64]:
    """(n, 2, 3) from angle and shear in degrees, scale factors and shifts in pixels.

    Scaled first, then turned (to the left for a positive angle), sheared, moved; all about the
    image's centre (albumentations 2.0.8, create_affine_transformation_matrix).
    """
    angle = np.deg2rad(values["angle"])
    cos, sin = np.cos(angle), np.sin(angle)
    scale_x, scale_y = values["scale_x"], values["scale_y"]
    a, b, c, d = cos * scale_x, sin * scale_y, -sin * scale_x, cos * scale_y
    slant_x = np.tan(np.deg2rad(values["shear_x"]))
    slant_y = np.tan(np.deg2rad(values["shear_y"]))
    centre_x, centre_y = (shape[1] - 1) / 2, (shape[0] - 1) / 2
    matrices = np.empty((len(angle), 2, 3))
    matrices[:, 0, 0] = a + slant_x * c
    matrices[:, 0, 1] = b + slant_x * d
    matrices[:, 1, 0] = slant_y * a + c
    matrices[:, 1, 1] = slant_y * b + d
    turned = matrices[:, :, 0] * centre_x + matrices[:, :, 1] * centre_y
    matrices[:, 0, 2] = centre_x + values["shift_x"] - turned[:, 0]
    matrices[:, 1, 2] = centre_y + values["shift_y"] - turned[:, 1]
    return matrices


def inverse(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2, 3): from a place in the result back to the source."""
    a, b, x, c, d, y = matrices.reshape(-1, 6).T
    back = np.stack([d, -b, b * y - d * x, -c, a, c * x - a * y], axis=-1)
    return (back / (a * d - b * c)[:, None]).reshape(-1, 2, 3)


def warp(images: Tensor, matrices: NDArray[np.float64], border: str, fill: Colour) -> Tensor:
    """Images (n, 3, H, W) moved by (n, 2, 3) matrices: bilinear, not rounded.

    `border` is one of constant, reflect_101, reflect, replicate, wrap; `fill` holds three values
    for constant.
    """
    height, width = images.shape[-2:]
    places = inverse(matrices)
    if border == "wrap":
        return _wrapped(images, places)
    padding, corners = _BORDERS[border]
    colour = None
    if border == "constant" and any(fill):
        colour = torch.tensor(fill, device=images.device).view(1, 3, 1, 1)
        images = images - colour  # so that the zeros outside stand for the fill
    grid = _grid(places, (height, width), (height, width), corners, images.device)
    warped = functional.grid_sample(
        images, grid, mode="bilinear", padding_mode=padding, align_corners=corners
    )
    return warped if colour is None else warped.add_(colour)


def _grid(
    places: NDArray[np.float64], size: Shape, source: Shape, corners: bool, device: torch.device
) -> Tensor:
    """grid_sample's (n, H, W, 2) of the points that `places` (n, 2, 3) maps each pixel to.

    grid_sample counts from -1 to 1, between the outer pixel centres (`corners`) or edges; that is
    one more affine map, so it is folded into the matrices, which are few and exact.
    """
    height, width = size
    extent = np.array([source[1], source[0]], dtype=np.float64)[:, None]
    if corners:
        folded = places * (2.0 / (extent - 1.0))
        folded[:, :, 2:] -= 1.0
    else:
        folded = places * (2.0 / extent)
        folded[:, :, 2:] += 1.0 / extent - 1.0
    lines = torch.from_numpy(folded.astype(np.float32)).to(device)[..., None, None]
    across = torch.arange(width, dtype=torch.float32, device=device)
    down = torch.arange(height, dtype=torch.float32, device=device)[:, None]
    planes = torch.addcmul(lines[:, :, 1] * down + lines[:, :, 2], lines[:, :, 0], across)
    return planes.permute(0, 2, 3, 1)  # a view: x and y stay planes, which grid_sample reads fast


def _wrapped(images: Tensor, places: NDArray[np.float64]) -> Tensor:
    """The image repeats itself in both directions."""
    height, width = images.shape[-2:]
    size = (height, width)
    continued = functional.pad(images, (0, 1, 0, 1), mode="circular")
    grid = _grid(places, size, (height + 1, width + 1), True, images.device)
    pixels = torch.tensor([width, height], dtype=torch.float32, device=images.device)
    grid = ((grid + 1.0) * (pixels / 2)).remainder(pixels) * (2 / pixels) - 1.0
    return functional.grid_sample(
        continued, grid, mode="bilinear", padding_mode="border", align_corners=True
    )


def crop(
    images: Tensor, left: Tensor, top: Tensor, padding: int, border: str, fill: Colour
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
        colour = torch.tensor(fill, dtype=images.dtype, device=device).view(1, 3, 1, 1)
        made = torch.where(outside, colour, made)
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
