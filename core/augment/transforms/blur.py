"""Gaussian blur; it has no batched form."""

from core.augment.transforms.record import TransformRecord
from core.augment.transforms.shared_parameters import interval, probability

RECORDS = (
    TransformRecord(
        "GaussianBlur", "Gaussian blur", "Softens the image.",
        (
            interval("sigma_limit", "Radius", "The bell's standard deviation.", (0.5, 3.0), 0.1,
                     10, 0.1, "pixels"),
            probability(),
        ),
    ),
)  # fmt: skip
