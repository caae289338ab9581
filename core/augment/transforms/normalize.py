"""Normalize: pixel values become numbers with mean 0 and standard deviation 1."""

from typing import TYPE_CHECKING

from core.augment.transforms.parameters import ParameterRecord
from core.augment.transforms.record import Context, SampledParams, TransformRecord
from core.augment.types import RGB, Params

if TYPE_CHECKING:
    from torch import Tensor


def statistics(p: Params, mean: RGB, std: RGB) -> tuple[RGB, RGB]:
    """The mean and standard deviation that these parameters mean, for a data set with these."""
    return mean if p["mean"] == "data" else p["mean"], std if p["std"] == "data" else p["std"]


def _apply_in_place(images: "Tensor", sampled: SampledParams, p: Params, context: Context) -> None:
    from core.augment.functional import color

    color.normalize(images, *statistics(p, context.mean, context.std))


RECORDS = (
    TransformRecord(
        "Normalize", "Normalize",
        "Subtracts a mean and divides by a standard deviation, per channel. A policy without it "
        "ends in one with the data set's own numbers.",
        (
            ParameterRecord("mean", "Mean", "What is subtracted, as shares of 255.", "channels",
                            "data", 0, 1, 0.005),
            ParameterRecord("std", "Standard deviation", "What is divided by, as shares of 255.",
                            "channels", "data", 0.01, 1, 0.005),
        ),
        level="normalize", apply_in_place=_apply_in_place,
        describe=lambda values, p: "mean subtracted, divided by the standard deviation",
    ),
)  # fmt: skip
