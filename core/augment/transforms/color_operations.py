"""Operations that change the colors of a batch; see core/augment/transforms/operations.py."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.augment.functional import color
from core.augment.transforms.draws import Values
from core.augment.transforms.setting import Given, Setting, parts


def _numbers(drawn: NDArray[np.float64], device: torch.device) -> Tensor:
    """On the device, in float64 where it has that."""
    kind = torch.float32 if device.type == "mps" else torch.float64
    return torch.from_numpy(drawn).to(device, kind)


def color_jitter(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """brightness, contrast, saturation and hue, in the order that each image drew."""
    steps = (color.brightness, color.contrast, color.saturation, color.hue)
    names = ("brightness", "contrast", "saturation", "hue")
    for place in range(len(steps)):
        for index, (step, name) in enumerate(zip(steps, names, strict=True)):
            mine = np.flatnonzero(values["order"][:, place] == index)
            if len(mine):
                rows = torch.from_numpy(mine).to(images.device)
                by = _numbers(values[name][mine], images.device)
                images.index_copy_(0, rows, step(images.index_select(0, rows), by))
    return images


def to_gray(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    method = p["method"]
    if method == "max":
        made = images.amax(1, keepdim=True)
    elif method == "average":
        made = images.mean(1, keepdim=True)
        made = made if setting.normalized else (images.sum(1, keepdim=True) / 3).trunc_()
    elif method == "desaturation":
        made = ((images.amax(1, keepdim=True) + images.amin(1, keepdim=True)) / 2).trunc_()
    else:
        made = color.gray_of_floats(images) if setting.normalized else color.gray(images)
    return made.expand_as(images)


def brightness_contrast(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    factor = torch.from_numpy(values["factor"])
    added = torch.from_numpy(values["added"])
    if p["brightness_by_max"]:
        added = added * 255
    else:
        added = added * images.to("cpu", torch.float64).mean(dim=(1, 2, 3))
    device = images.device
    return color.scale_and_add(
        images, factor.to(device, torch.float32), added.to(device, torch.float32)
    )


def hue_saturation(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    by = [_numbers(values[n], images.device) for n in ("hue_shift", "sat_shift", "val_shift")]
    return color.shift_hsv(images, *by)


def gauss_noise(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    noise = torch.from_numpy(values["noise"]).to(images.device)
    return noise.trunc().add(images).clamp_(0, 255)  # albucore cuts what it adds to uint8


def sharpen(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """(1 - alpha) x image + alpha x (8 + lightness at the center, -1 around it)."""
    alpha = torch.from_numpy(values["alpha"]).to(images.device, torch.float32).view(-1, 1, 1, 1)
    light = torch.from_numpy(values["lightness"]).to(images.device, torch.float32)
    padded = functional.pad(images, (1, 1, 1, 1), mode="reflect")
    around = functional.avg_pool2d(padded, 3, stride=1, divisor_override=1)  # sums of 3 x 3
    edges = images * (9.0 + light.view(-1, 1, 1, 1)) - around
    return (images * (1 - alpha) + edges * alpha).round_().clamp_(0, 255)


def normalize(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """(gray level - mean x 255) / (std x 255), in float32, in place."""
    mean = setting.mean if p["mean"] == "data" else p["mean"]
    std = setting.std if p["std"] == "data" else p["std"]
    offset = torch.tensor(mean, dtype=torch.float32) * 255.0
    factor = (torch.tensor(std, dtype=torch.float32) * 255.0).reciprocal()
    offset = offset.to(images.device).view(1, 3, 1, 1)
    factor = factor.to(images.device).view(1, 3, 1, 1)
    for part in parts(images, images[0].numel()):
        images[part].sub_(offset).mul_(factor)
    return images
