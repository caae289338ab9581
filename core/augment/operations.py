"""What a transform does to the pixels of a batch, given what was drawn.

One operation a transform that has a batched form, under its name in TRANSFORMS. Each takes float32
images (n, 3, H, W) that hold whole grey levels from 0 to 255 (or, after Normalize, normalised
values) and gives the same back; like albumentations on uint8, grey levels stay whole between
steps. The input may be overwritten.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.augment import colour as colours
from core.augment import geometry
from core.augment.draws import Drawn, Shape, Values
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


Given = Mapping[str, Any]
Operation = Callable[[Tensor, Values, Given, Setting], Tensor]


# torch starts its threads for an operation on so many elements. A batch takes some hundred short
# operations, and each time threads are woken costs more than they bring: on a machine with other
# work to do, twenty times more. So on a CPU no operation is that large; small ones also stay in the
# cache and take little memory.
_PARALLEL_FROM = 32_768
_ROWS = 8  # images that grid_sample takes without its threads; 24,576 elements


def parts(images: Tensor, elements: int) -> Iterator[slice]:
    """Slices of a batch to be worked on one after another; `elements` an image are touched."""
    size = (_PARALLEL_FROM - 1) // elements if images.device.type == "cpu" else len(images)
    return (slice(start, start + size) for start in range(0, len(images), max(size, 1)))


def _flip(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    return images.flip(-1)


def _flip_down(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    return images.flip(-2)


def _colour(p: Given, setting: Setting) -> tuple[float, ...]:
    return cast(tuple[float, ...], resolve_fill(p["fill"], setting.mean))


def _border_colour(p: Given, setting: Setting) -> tuple[float, ...]:
    fill = _colour(p, setting)
    return fill if setting.normalized else tuple(float(round(level)) for level in fill)  # as OpenCV


def _places(values: Values, p: Given, shape: Shape) -> Values:
    """For all rows at once, before the batch is cut into parts."""
    matrices = values.get("matrix")  # albumentations' own, where it drew them
    if matrices is None:
        matrices = geometry.affine_matrices(values, shape)
    return {"places": geometry.places(matrices, p["border_mode"], shape)}


def _affine(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    fill = _border_colour(p, setting)
    warped = geometry.warp(images, values["places"], p["border_mode"], fill)
    return warped if setting.normalized else _rounded(warped)


# Added to a float32 and taken away again, 1.5 x 2**23 leaves the nearest whole number (of two, the
# even one): round_() does the same, but wakes torch's threads from 2,048 elements on.
_ROUNDER = 12_582_912.0


def _rounded(levels: Tensor) -> Tensor:
    return levels.add_(_ROUNDER).sub_(_ROUNDER)


def _random_crop(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    fill = _border_colour(p, setting)
    left, top = (torch.from_numpy(values[name]).to(images.device) for name in ("left", "top"))
    return geometry.crop(images, left, top, p["padding"], p["border_mode"], fill)


def _coarse_dropout(images: Tensor, drawn: Drawn, p: Given, setting: Setting) -> Tensor:
    """In place, on the rows that drew it: copies of half the batch cost more than the filling."""
    fill = _colour(p, setting)
    if not setting.normalized:
        fill = tuple(float(int(level)) for level in fill)  # albumentations casts it to uint8
    height, width = images.shape[-2:]
    holes = drawn.values["holes"]
    if images.device.type == "cpu":  # where rectangles are cheap one by one
        pixels, colour = images.numpy(), np.array(fill, dtype=np.float32)[:, None, None]
        for row, mine in zip(drawn.rows.tolist(), holes.tolist(), strict=True):
            for left, top, right, bottom in mine:
                pixels[row, :, top:bottom, left:right] = colour
        return images
    mask = torch.from_numpy(_hidden(drawn, len(images), (height, width))).to(images.device)
    for channel, level in enumerate(fill):
        images[:, channel].masked_fill_(mask, level)
    return images


def _hidden(drawn: Drawn, count: int, shape: Shape) -> NDArray[np.bool_]:
    """(count, H, W): which pixels lie in a hole."""
    height, width = shape
    holes = drawn.values["holes"]
    left, top, right, bottom = (holes[:, :, side, None] for side in range(4))
    across, down = np.arange(width), np.arange(height)
    columns = (across >= left) & (across < right)  # (n, holes, W)
    lines = (down >= top) & (down < bottom)
    hidden = np.zeros((count, height, width), dtype=bool)
    hidden[drawn.rows] = (lines[..., :, None] & columns[..., None, :]).any(axis=1)
    return hidden


def _numbers(drawn: NDArray[np.float64], device: torch.device) -> Tensor:
    """On the device, in float64 where it has that."""
    kind = torch.float32 if device.type == "mps" else torch.float64
    return torch.from_numpy(drawn).to(device, kind)


def _color_jitter(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """brightness, contrast, saturation and hue, in the order that each image drew."""
    steps = (colours.brightness, colours.contrast, colours.saturation, colours.hue)
    names = ("brightness", "contrast", "saturation", "hue")
    for place in range(len(steps)):
        for index, (step, name) in enumerate(zip(steps, names, strict=True)):
            mine = np.flatnonzero(values["order"][:, place] == index)
            if len(mine):
                rows = torch.from_numpy(mine).to(images.device)
                by = _numbers(values[name][mine], images.device)
                images.index_copy_(0, rows, step(images.index_select(0, rows), by))
    return images


def _to_gray(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    method = p["method"]
    if method == "max":
        made = images.amax(1, keepdim=True)
    elif method == "average":
        made = images.mean(1, keepdim=True)
        made = made if setting.normalized else (images.sum(1, keepdim=True) / 3).trunc_()
    elif method == "desaturation":
        made = ((images.amax(1, keepdim=True) + images.amin(1, keepdim=True)) / 2).trunc_()
    else:
        made = colours.gray_of_floats(images) if setting.normalized else colours.gray(images)
    return made.expand_as(images)


def _brightness_contrast(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    factor = torch.from_numpy(values["factor"])
    added = torch.from_numpy(values["added"])
    if p["brightness_by_max"]:
        added = added * 255
    else:
        added = added * images.to("cpu", torch.float64).mean(dim=(1, 2, 3))
    device = images.device
    return colours.scale_and_add(
        images, factor.to(device, torch.float32), added.to(device, torch.float32)
    )


def _hue_saturation(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    by = [_numbers(values[n], images.device) for n in ("hue_shift", "sat_shift", "val_shift")]
    return colours.shift_hsv(images, *by)


def _gauss_noise(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    noise = torch.from_numpy(values["noise"]).to(images.device)
    return noise.trunc().add(images).clamp_(0, 255)  # albucore cuts what it adds to uint8


def _sharpen(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """(1 - alpha) x image + alpha x (8 + lightness at the centre, -1 around it)."""
    alpha = torch.from_numpy(values["alpha"]).to(images.device, torch.float32).view(-1, 1, 1, 1)
    light = torch.from_numpy(values["lightness"]).to(images.device, torch.float32)
    padded = functional.pad(images, (1, 1, 1, 1), mode="reflect")
    around = functional.avg_pool2d(padded, 3, stride=1, divisor_override=1)  # sums of 3 x 3
    edges = images * (9.0 + light.view(-1, 1, 1, 1)) - around
    return (images * (1 - alpha) + edges * alpha).round_().clamp_(0, 255)


def normalize(images: Tensor, values: Values, p: Given, setting: Setting) -> Tensor:
    """(grey level - mean x 255) / (std x 255), in float32, in place."""
    mean = setting.mean if p["mean"] == "data" else p["mean"]
    std = setting.std if p["std"] == "data" else p["std"]
    offset = torch.tensor(mean, dtype=torch.float32) * 255.0
    factor = (torch.tensor(std, dtype=torch.float32) * 255.0).reciprocal()
    offset = offset.to(images.device).view(1, 3, 1, 1)
    factor = factor.to(images.device).view(1, 3, 1, 1)
    for part in parts(images, images[0].numel()):
        images[part].sub_(offset).mul_(factor)
    return images


OPERATIONS: dict[str, Operation] = {
    "HorizontalFlip": _flip,
    "VerticalFlip": _flip_down,
    "ShiftScaleRotate": _affine,
    "Affine": _affine,
    "Rotate": _affine,
    "RandomCrop": _random_crop,
    "ColorJitter": _color_jitter,
    "ToGray": _to_gray,
    "RandomBrightnessContrast": _brightness_contrast,
    "HueSaturationValue": _hue_saturation,
    "GaussNoise": _gauss_noise,
    "Sharpen": _sharpen,
    "Normalize": normalize,
}


# What is worked out for all rows of a batch at once, before the pixels
PREPARED: dict[str, Callable[[Values, Given, Shape], Values]] = {
    "ShiftScaleRotate": _places,
    "Affine": _places,
    "Rotate": _places,
}

# What works on the whole batch in place and looks for its rows itself
IN_PLACE: dict[str, Callable[[Tensor, Drawn, Given, Setting], Tensor]] = {
    "CoarseDropout": _coarse_dropout,
}


def without_batched_form(policy: Policy) -> str:
    """A sentence naming the first transform that has no batched form, or ""."""
    for transform in policy.transforms:
        if transform.record.level == "batch":
            continue
        if transform.name not in OPERATIONS and transform.name not in IN_PLACE:
            return f"{transform.name} has no batched form."
        for name, value in transform.record.albumentations_only:
            if transform.parameters[name] == value:
                return f"{transform.name} with {name} {value!r} has no batched form."
    return ""


def apply(transform: Transform, images: Tensor, drawn: Drawn, setting: Setting) -> Tensor:
    """`images` (N, 3, H, W) with one transform done, in place, to the rows that drew it."""
    if not len(drawn.rows):
        return images
    if transform.name in IN_PLACE:
        return IN_PLACE[transform.name](images, drawn, transform.parameters, setting)
    operation = OPERATIONS[transform.name]
    if transform.record.level == "normalize":
        return operation(images, drawn.values, transform.parameters, setting)
    known = drawn.values
    if transform.name in PREPARED:
        shape = (images.shape[-2], images.shape[-1])
        known = PREPARED[transform.name](known, transform.parameters, shape)
    size = _ROWS if images.device.type == "cpu" else len(drawn.rows)
    for start in range(0, len(drawn.rows), size):
        part = slice(start, start + size)
        rows = torch.from_numpy(drawn.rows[part]).to(images.device)
        values = {name: numbers[part] for name, numbers in known.items()}
        chosen = images.index_select(0, rows)
        images.index_copy_(0, rows, operation(chosen, values, transform.parameters, setting))
    return images
