"""Hue, saturation, value: something added to each of the three."""

from typing import TYPE_CHECKING

import numpy as np

from core.augment.transforms.record import Context, TransformRecord, applied, uniform
from core.augment.transforms.shared_parameters import interval, probability
from core.augment.transforms.words import listed
from core.augment.types import Params, Shape, Values

if TYPE_CHECKING:
    from torch import Tensor

_SHIFTS = ("hue_shift", "sat_shift", "val_shift")


def _make_params(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    return {name: uniform(rng, p[f"{name}_limit"], n) for name in _SHIFTS}


def _apply(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    from core.augment.functional import color

    by = [color.on_device(values[name], images.device) for name in _SHIFTS]
    return color.shift_hsv(images, *by)


def _describe(values: Params, p: Params) -> str:
    return listed(
        f"hue {2 * float(values['hue_shift']):+.0f} degrees",
        f"saturation {float(values['sat_shift']):+.0f}",
        f"value {float(values['val_shift']):+.0f}",
    )


RECORDS = (
    TransformRecord(
        "HueSaturationValue", "Hue, saturation, value",
        "Adds to hue, saturation and value of each pixel.",
        (
            interval("hue_shift_limit", "Hue", "In steps of 2 degrees round the color wheel.",
                     (-20.0, 20.0), -180, 180, 1, center=0.0),
            interval("sat_shift_limit", "Saturation", "In levels of 255.", (-30.0, 30.0),
                     -255, 255, 1, center=0.0),
            interval("val_shift_limit", "Value", "In levels of 255.", (-20.0, 20.0), -255, 255, 1,
                     center=0.0),
            probability(),
        ),
        make_params=_make_params, apply=_apply, describe=_describe,
        from_albumentations=applied(*_SHIFTS),
    ),
)  # fmt: skip
