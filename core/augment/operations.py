"""What a transform does to the pixels of a batch, given what was drawn.

One operation a transform that has a batched form, under its name in TRANSFORMS. Each takes float32
images (n, 3, H, W) that hold whole grey levels from 0 to 255 (or, after Normalize, normalised
values) and gives the same back; like albumentations on uint8, grey levels stay whole between
steps. The input may be overwritten.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.augment.draws import Drawn, Values
from core.augment.geometry import affine_matrices, warp
from core.augment.parameters import resolve_fill
from core.augment.policy import Policy, Transform

Mean = tuple[float, float, float]


@dataclass(frozen=True)
class Setting:
    """What an operation may need besides the draw.

    `mean`, `std`: of the data set, per channel, from 0 to 1. `normalized`: whether the images have
    been through Normalize.
    """

    mean: Mean
    std: Mean
    normalized: bool = False


Operation = Callable[[Tensor, Values, Mapping[str, Any], Setting], Tensor]


def flip(images: Tensor, values: Values, p: Mapping[str, Any], setting: Setting) -> Tensor:
    return images.flip(-1)


def shift_scale_rotate(
    images: Tensor, values: Values, p: Mapping[str, Any], setting: Setting
) -> Tensor:
    height, width = images.shape[-2:]
    matrices = values.get("matrix")  # given by the tests: what albumentations itself used
    if matrices is None:
        matrices = affine_matrices(values, (height, width))
    fill = resolve_fill(p["fill"], setting.mean)
    warped = warp(images, matrices, p["border_mode"], fill, p["interpolation"])
    return warped if setting.normalized else warped.round_()


def coarse_dropout(
    images: Tensor, values: Values, p: Mapping[str, Any], setting: Setting
) -> Tensor:
    fill = torch.tensor(resolve_fill(p["fill"], setting.mean), dtype=torch.float32)
    if not setting.normalized:
        fill = fill.trunc()  # albumentations casts it to uint8
    height, width = images.shape[-2:]
    left, top, right, bottom = np.moveaxis(values["holes"], -1, 0)[..., None]
    across, down = np.arange(width), np.arange(height)
    columns = (across >= left) & (across < right)  # (n, holes, W)
    lines = (down >= top) & (down < bottom)
    hidden = (lines[..., :, None] & columns[..., None, :]).any(axis=1)[:, None]
    mask = torch.from_numpy(hidden).to(images.device)
    return torch.where(mask, fill.to(images.device).view(1, 3, 1, 1), images)


def normalize(images: Tensor, values: Values, p: Mapping[str, Any], setting: Setting) -> Tensor:
    """(grey level - mean x 255) / (std x 255), in float32, in place."""
    mean = setting.mean if p["mean"] == "data" else p["mean"]
    std = setting.std if p["std"] == "data" else p["std"]
    offset = torch.tensor(mean, dtype=torch.float32) * 255.0
    factor = (torch.tensor(std, dtype=torch.float32) * 255.0).reciprocal()
    shape = (1, 3, 1, 1)
    images.sub_(offset.to(images.device).view(shape))
    return images.mul_(factor.to(images.device).view(shape))


OPERATIONS: dict[str, Operation] = {
    "HorizontalFlip": flip,
    "ShiftScaleRotate": shift_scale_rotate,
    "CoarseDropout": coarse_dropout,
    "Normalize": normalize,
}


def without_batched_form(policy: Policy) -> str:
    """A sentence naming the first transform that has no batched form, or ""."""
    for transform in policy.transforms:
        if transform.record.level == "batch":
            continue
        if transform.name not in OPERATIONS:
            return f"{transform.name} has no batched form."
        for name, value in transform.record.albumentations_only:
            if transform.parameters[name] == value:
                return f"{transform.name} with {name} {value!r} has no batched form."
    return ""


def apply(transform: Transform, images: Tensor, drawn: Drawn, setting: Setting) -> Tensor:
    """`images` (N, 3, H, W) with one transform done to the rows that drew it; may be in place."""
    if not len(drawn.rows):
        return images
    operation = OPERATIONS[transform.name]
    if len(drawn.rows) == len(images):
        return operation(images, drawn.values, transform.parameters, setting)
    rows = torch.from_numpy(drawn.rows).to(images.device)
    chosen = operation(images.index_select(0, rows), drawn.values, transform.parameters, setting)
    return images.index_copy_(0, rows, chosen)
