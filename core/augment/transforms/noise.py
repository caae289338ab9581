"""Gaussian noise, added to each pixel."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.augment.transforms.parameters import ParameterRecord
from core.augment.transforms.record import Call, Context, Spelling, TransformRecord, uniform
from core.augment.transforms.shared_parameters import interval, probability
from core.augment.types import Params, Shape, Values

if TYPE_CHECKING:
    from torch import Tensor


def _make_params(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    std, mean = uniform(rng, p["std_range"], n), uniform(rng, p["mean_range"], n)
    noise = rng.standard_normal((n, 3 if p["per_channel"] else 1, *shape), dtype=np.float32)
    noise *= std.astype(np.float32)[:, None, None, None] * 255
    noise += mean.astype(np.float32)[:, None, None, None] * 255
    return {"std": std, "mean": mean, "noise": noise}


def _apply(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    import torch

    noise = torch.from_numpy(values["noise"]).to(images.device)
    return noise.trunc().add(images).clamp_(0, 255)  # albucore cuts what it adds to uint8


def _from_albumentations(applied: Params, image: NDArray[Any]) -> Values:
    noise = np.moveaxis(np.asarray(applied["noise_map"], dtype=np.float32), -1, 0)
    return {"std": np.asarray(noise.std() / 255), "noise": np.ascontiguousarray(noise)}


def _read_1x(given: Params) -> dict[str, Any]:
    """1.x's variance and mean in pixel values."""
    made: dict[str, Any] = {}
    if "var_limit" in given:
        limit = given["var_limit"]
        low, high = limit if isinstance(limit, tuple | list) else (0, limit)
        made["std_range"] = (low**0.5 / 255, high**0.5 / 255)
    if "mean" in given:
        made["mean_range"] = (given["mean"] / 255, given["mean"] / 255)
    return made


def _write_1x(p: Params) -> list[Call]:
    low, high = p["std_range"]
    made = {
        "var_limit": ((255 * low) ** 2, (255 * high) ** 2),
        "mean": 255 * sum(p["mean_range"]) / 2,
        "per_channel": p["per_channel"],
        "p": p["p"],
    }
    return [("GaussNoise", made)]


RECORDS = (
    TransformRecord(
        "GaussNoise", "Gaussian noise", "Adds noise to each pixel.",
        (
            interval("std_range", "Strength", "The noise's standard deviation, as a share of 255.",
                     (0.2, 0.44), 0, 1, 0.01),
            interval("mean_range", "Offset", "The noise's mean, as a share of 255.", (0.0, 0.0),
                     -1, 1, 0.01),
            ParameterRecord("per_channel", "Colored",
                            "Off: the same noise in all three channels.", "switch", True),
            probability(),
        ),
        make_params=_make_params, apply=_apply,
        describe=lambda values, p: f"noise of {255 * float(values['std']):.0f} pixel values",
        from_albumentations=_from_albumentations,
        spelling=Spelling(
            {"var_limit": "std_range", "mean": "mean_range"},
            defaults={"std_range": ((10**0.5) / 255, (50**0.5) / 255)},
            positions=("var_limit", "mean", "per_channel"), read=_read_1x, write=_write_1x,
        ),
    ),
)  # fmt: skip
