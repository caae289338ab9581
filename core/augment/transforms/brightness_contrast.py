"""Brightness and contrast: each pixel value times a factor, plus an offset."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.augment.transforms.parameters import ParameterRecord
from core.augment.transforms.record import Context, TransformRecord, uniform
from core.augment.transforms.shared_parameters import interval, probability
from core.augment.transforms.words import listed, percent
from core.augment.types import Params, Shape, Values

if TYPE_CHECKING:
    from torch import Tensor


def _make_params(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    return {
        "factor": 1.0 + uniform(rng, p["contrast_limit"], n),
        "added": uniform(rng, p["brightness_limit"], n),
    }


def _apply(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    import torch

    from core.augment.functional import color

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


def _from_albumentations(applied: Params, image: NDArray[Any]) -> Values:
    # `beta` is in pixel values whatever it was a share of
    return {"factor": np.asarray(applied["alpha"]), "added": np.asarray(applied["beta"] / 255)}


def _describe(values: Params, p: Params) -> str:
    added = float(values["added"])
    unit = "% of full scale" if p["brightness_by_max"] else "% of its mean"
    return listed(
        percent(values["factor"], "more contrast", "less contrast"),
        f"{100 * added:+.0f}{unit} added" if round(100 * added) else "",
    )


RECORDS = (
    TransformRecord(
        "RandomBrightnessContrast", "Brightness and contrast",
        "Multiplies pixel values (contrast) and adds to them (brightness).",
        (
            interval("brightness_limit", "Brightness", "What is added; 1 is the full scale.",
                     (-0.2, 0.2), -1, 1, 0.05, center=0.0),
            interval("contrast_limit", "Contrast", "The factor is 1 plus this.", (-0.2, 0.2),
                     -1, 2, 0.05, center=0.0),
            probability(),
            ParameterRecord("brightness_by_max", "Add shares of 255",
                            "Off: what is added is a share of the image's own mean.", "switch",
                            True),
        ),
        make_params=_make_params, apply=_apply, describe=_describe,
        from_albumentations=_from_albumentations,
    ),
)  # fmt: skip
