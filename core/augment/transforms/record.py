"""What is known of a transform: the record that pages, the command line and the engines read."""

from dataclasses import dataclass
from typing import Literal

from core.augment.transforms.parameters import ParameterRecord, Value

BORDERS = ("constant", "reflect_101", "reflect", "replicate", "wrap")
INTERPOLATIONS = ("linear", "nearest", "cubic")


@dataclass(frozen=True)
class TransformRecord:
    """One transform: how it is called, what it does, what can be set.

    `name` and the parameters' names are albumentations 2's. `level`: an "image" transform changes
    one image; "normalize" turns gray levels into normalized floats; a "batch" transform mixes the
    images of a batch and their labels.
    `after_normalize`: whether it still means the same on normalized floats. (albumentations cuts
    the color transforms to 0..1 there, which destroys a normalized image.)
    `albumentations_only`: (parameter, value) pairs that have no batched form. `main`: how many of
    the parameters, counted from the first, a page shows without being asked.
    """

    name: str
    label: str
    help: str
    parameters: tuple[ParameterRecord, ...]
    level: Literal["image", "normalize", "batch"] = "image"
    after_normalize: bool = False
    albumentations_only: tuple[tuple[str, Value], ...] = ()
    main: int = 1

    def parameter(self, name: str) -> ParameterRecord | None:
        """The record of the parameter of that name, or None."""
        return next((entry for entry in self.parameters if entry.name == name), None)


# Parameters that several transforms share.


def probability(default: float = 0.5, what: str = "an image") -> ParameterRecord:
    return ParameterRecord(
        "p", "Probability", f"How often {what} is changed: 0 never, 1 always.", "probability",
        default, 0, 1, 0.05,
    )  # fmt: skip


def fill(where: str, *made_up: str) -> ParameterRecord:
    """A color; `made_up` names ways to make one up that albumentations knows."""
    return ParameterRecord(
        "fill", "Fill", f"The color of {where}, in gray levels from 0 to 255.", "fill",
        (0.0, 0.0, 0.0), -255, 255, 1, choices=made_up,
    )  # fmt: skip


BORDER = ParameterRecord(
    "border_mode", "Border", "What comes in from outside the image.", "choice", "constant",
    choices=BORDERS,
)  # fmt: skip
INTERPOLATION = ParameterRecord(
    "interpolation", "Interpolation", "How values between the pixels are worked out.", "choice",
    "linear", choices=INTERPOLATIONS,
)  # fmt: skip
# OpenCV's nearest picks another neighbor than torch's where a point lies half way
NOT_BATCHED = (("interpolation", "cubic"), ("interpolation", "nearest"))
