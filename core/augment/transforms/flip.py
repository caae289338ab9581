"""Flips: the image mirrored."""

from typing import TYPE_CHECKING

from core.augment.transforms.record import Context, TransformRecord
from core.augment.transforms.shared_parameters import probability
from core.augment.types import Params, Values

if TYPE_CHECKING:
    from torch import Tensor


def _left_right(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    return images.flip(-1)


def _up_down(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    return images.flip(-2)


RECORDS = (
    TransformRecord(
        "HorizontalFlip", "Horizontal flip", "Mirrors the image left to right.", (probability(),),
        place=1, after_normalize=True, apply=_left_right,
        describe=lambda values, p: "mirrored",
    ),
    TransformRecord(
        "VerticalFlip", "Vertical flip",
        "Mirrors the image top to bottom; few things in CIFAR-10 look like themselves then.",
        (probability(),), after_normalize=True, apply=_up_down,
        describe=lambda values, p: "turned upside down",
    ),
)  # fmt: skip
