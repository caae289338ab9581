"""What a transform does to the pixels of a batch, given what was drawn.

One operation a transform that has a batched form, under its name in TRANSFORMS. Each takes float32
images (n, 3, H, W) that hold whole gray levels from 0 to 255 (or, after Normalize, normalized
values) and gives the same back; like albumentations on uint8, gray levels stay whole between
steps. The input may be overwritten.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from core.augment.policy import Policy, Transform
from core.augment.transforms import color_operations as colors
from core.augment.transforms import geometric_operations as space
from core.augment.transforms.draws import Drawn, Shape, Values
from core.augment.transforms.setting import Given, Operation, Setting

_ROWS = 8  # images that grid_sample takes without its threads; 24,576 elements

OPERATIONS: dict[str, Operation] = {
    "HorizontalFlip": space.flip,
    "VerticalFlip": space.flip_down,
    "ShiftScaleRotate": space.affine,
    "Affine": space.affine,
    "Rotate": space.affine,
    "RandomCrop": space.random_crop,
    "ColorJitter": colors.color_jitter,
    "ToGray": colors.to_gray,
    "RandomBrightnessContrast": colors.brightness_contrast,
    "HueSaturationValue": colors.hue_saturation,
    "GaussNoise": colors.gauss_noise,
    "Sharpen": colors.sharpen,
    "Normalize": colors.normalize,
}


# What is worked out for all rows of a batch at once, before the pixels
PREPARED: dict[str, Callable[[Values, Given, Shape], Values]] = {
    "ShiftScaleRotate": space.places,
    "Affine": space.places,
    "Rotate": space.places,
}

# What works on the whole batch in place and looks for its rows itself
IN_PLACE: dict[str, Callable[[Tensor, Drawn, Given, Setting], Tensor]] = {
    "CoarseDropout": space.coarse_dropout,
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
