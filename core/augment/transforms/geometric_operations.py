"""Operations that move or hide the pixels of a batch; see core/augment/transforms/operations.py."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.augment.functional import warp
from core.augment.transforms.draws import Drawn, Shape, Values
from core.augment.transforms.parameters import resolve_fill
from core.augment.transforms.setting import Given, Setting


def flip(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """Left to right."""
    return images.flip(-1)


def flip_down(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """Top to bottom."""
    return images.flip(-2)


def _color(p: Given, setting: Setting) -> tuple[float, ...]:
    return cast(tuple[float, ...], resolve_fill(p["fill"], setting.mean))


def _border_color(p: Given, setting: Setting) -> tuple[float, ...]:
    fill = _color(p, setting)
    return fill if setting.normalized else tuple(float(round(level)) for level in fill)  # as OpenCV


def places(values: Values, p: Given, shape: Shape) -> Values:
    """For all rows at once, before the batch is cut into parts."""
    matrices = values.get("matrix")  # albumentations' own, where it drew them
    if matrices is None:
        matrices = warp.affine_matrices(values, shape)
    return {"places": warp.places(matrices, p["border_mode"], shape)}


def affine(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """Turned, scaled, moved, slanted, to where `places` says; rounded like OpenCV on uint8."""
    fill = _border_color(p, setting)
    warped = warp.warp(images, values["places"], p["border_mode"], fill)
    return warped if setting.normalized else _rounded(warped)


# Added to a float32 and taken away again, 1.5 x 2**23 leaves the nearest whole number (of two, the
# even one): round_() does the same, but wakes torch's threads from 2,048 elements on.
_ROUNDER = 12_582_912.0


def _rounded(levels: Tensor) -> Tensor:
    return levels.add_(_ROUNDER).sub_(_ROUNDER)


def random_crop(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """A rim added, and a piece of the old size cut out."""
    fill = _border_color(p, setting)
    left, top = (torch.from_numpy(values[name]).to(images.device) for name in ("left", "top"))
    return warp.crop(images, left, top, p["padding"], p["border_mode"], fill)


def coarse_dropout(images: Tensor, drawn: Drawn, p: Given, setting: Setting) -> Tensor:
    """In place, on the rows that drew it: copies of half the batch cost more than the filling."""
    fill = _color(p, setting)
    if not setting.normalized:
        fill = tuple(float(int(level)) for level in fill)  # albumentations casts it to uint8
    height, width = images.shape[-2:]
    holes = drawn.values["holes"]
    if images.device.type == "cpu":  # where rectangles are cheap one by one
        pixels, color = images.numpy(), np.array(fill, dtype=np.float32)[:, None, None]
        for row, mine in zip(drawn.rows.tolist(), holes.tolist(), strict=True):
            for left, top, right, bottom in mine:
                pixels[row, :, top:bottom, left:right] = color
        return images
    mask = torch.from_numpy(hidden(drawn, len(images), (height, width))).to(images.device)
    for channel, level in enumerate(fill):
        images[:, channel].masked_fill_(mask, level)
    return images


def hidden(drawn: Drawn, count: int, shape: Shape) -> NDArray[np.bool_]:
    """(count, H, W): which pixels lie in a hole."""
    height, width = shape
    holes = drawn.values["holes"]
    left, top, right, bottom = (holes[:, :, side, None] for side in range(4))
    across, down = np.arange(width), np.arange(height)
    columns = (across >= left) & (across < right)  # (n, holes, W)
    lines = (down >= top) & (down < bottom)
    made = np.zeros((count, height, width), dtype=bool)
    made[drawn.rows] = (lines[..., :, None] & columns[..., None, :]).any(axis=1)
    return made
