"""Sharpen: the image's edges laid over it."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.augment.transforms.record import Context, TransformRecord, uniform
from core.augment.transforms.shared_parameters import interval, probability
from core.augment.types import Params, Shape, Values

if TYPE_CHECKING:
    from torch import Tensor


def _make_params(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    return {name: uniform(rng, p[name], n) for name in ("alpha", "lightness")}


def _apply(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    """(1 - alpha) x image + alpha x (8 + lightness at the center, -1 around it)."""
    import torch
    from torch.nn import functional

    alpha, light = (
        torch.from_numpy(values[name]).to(images.device, torch.float32).view(-1, 1, 1, 1)
        for name in ("alpha", "lightness")
    )
    padded = functional.pad(images, (1, 1, 1, 1), mode="reflect")
    around = functional.avg_pool2d(padded, 3, stride=1, divisor_override=1)  # sums of 3 x 3
    edges = images * (9.0 + light) - around
    return (images * (1 - alpha) + edges * alpha).round_().clamp_(0, 255)


def _from_albumentations(applied: Params, image: NDArray[Any]) -> Values:
    alpha = float(applied["alpha"])
    center = float(applied["sharpening_matrix"][1, 1])
    light = (center - (1 - alpha)) / alpha - 8 if alpha else 0.0
    return {"alpha": np.asarray(alpha), "lightness": np.asarray(light)}


RECORDS = (
    TransformRecord(
        "Sharpen", "Sharpen", "Lays edges over the image.",
        (
            interval("alpha", "Strength", "0 is the image, 1 its edges alone.", (0.2, 0.5), 0, 1,
                     0.05),
            interval("lightness", "Lightness", "The weight of the image within its edges.",
                     (0.5, 1.0), 0, 3, 0.05),
            probability(),
        ),
        make_params=_make_params, apply=_apply,
        describe=lambda values, p: f"edges laid over at {100 * float(values['alpha']):.0f}%",
        from_albumentations=_from_albumentations,
    ),
)  # fmt: skip
