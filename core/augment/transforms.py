"""The transforms a policy may hold: one record each.

A record names its parameters as albumentations 2 does and says what a page needs to draw the
controls. Adding a transform of albumentations takes one record here: it then runs on the
albumentations engine. Its batched form, where it has one, is registered under the same name in
core/augment/operations.py, how its parameters are drawn in core/augment/draws.py.
"""

from dataclasses import dataclass
from typing import Literal

from core.augment.parameters import IMAGE_SIZE, ParameterRecord, Value
from core.registry import Registry

BORDERS = ("constant", "reflect_101", "reflect", "replicate", "wrap")
INTERPOLATIONS = ("linear", "nearest", "cubic")


@dataclass(frozen=True)
class TransformRecord:
    """One transform: how it is called, what it does, what can be set.

    `level`: an "image" transform changes one image; "normalize" turns grey levels into normalised
    floats; a "batch" transform mixes the images of a batch and their labels.
    `after_normalize`: whether it still means the same on normalised floats. (albumentations clips
    the colour transforms to [0, 1] there, which destroys a normalised image.)
    `albumentations_only`: (parameter, value) pairs that have no batched form.
    """

    name: str
    label: str
    help: str
    parameters: tuple[ParameterRecord, ...]
    level: Literal["image", "normalize", "batch"] = "image"
    after_normalize: bool = False
    albumentations_only: tuple[tuple[str, Value], ...] = ()

    def parameter(self, name: str) -> ParameterRecord | None:
        """The record of the parameter of that name, or None."""
        return next((entry for entry in self.parameters if entry.name == name), None)


TRANSFORMS: Registry[TransformRecord] = Registry("transform")


def _add(name: str, label: str, help: str, *parameters: ParameterRecord, **more: object) -> None:
    TRANSFORMS.add(name, TransformRecord(name, label, help, parameters, **more))  # type: ignore[arg-type]


def _p(default: float = 0.5, what: str = "each image") -> ParameterRecord:
    return ParameterRecord(
        "p", "Probability", f"How often {what} is changed: 0 never, 1 always.", "probability",
        default, 0, 1, 0.05,
    )  # fmt: skip


def _fill(default: Value, where: str, *names: str) -> ParameterRecord:
    return ParameterRecord(
        "fill", "Fill", f"The colour of {where}, in grey levels from 0 to 255.", "fill",
        default, -255, 255, 1, choices=names,
    )  # fmt: skip


_BORDER = ParameterRecord(
    "border_mode", "Border", "What fills the corners that come in from outside the image.",
    "choice", "constant", choices=BORDERS,
)  # fmt: skip
_INTERPOLATION = ParameterRecord(
    "interpolation", "Interpolation", "How pixels between the grid points are worked out.",
    "choice", "linear", choices=INTERPOLATIONS,
)  # fmt: skip
_GEOMETRIC_ONLY = (("interpolation", "cubic"),)


_add(
    "HorizontalFlip", "Horizontal flip", "Mirrors the image left to right.", _p(),
    after_normalize=True,
)  # fmt: skip
_add(
    "ShiftScaleRotate", "Shift, scale, rotate",
    "Moves, resizes and turns the image about its centre, in one step. The width and the height "
    "are scaled apart; the shift is cut to whole pixels.",
    ParameterRecord(
        "shift_limit", "Shift", "The furthest shift, as a share of the image's side.", "range",
        (-0.0625, 0.0625), -1, 1, 0.0125, centre=0.0,
    ),
    ParameterRecord(
        "scale_limit", "Scale", "How much larger or smaller: 0.1 is 10 percent.", "range",
        (-0.1, 0.1), -0.9, 2, 0.05, centre=0.0,
    ),
    ParameterRecord(
        "rotate_limit", "Rotate", "The largest turn; a positive angle turns anticlockwise.",
        "range", (-45.0, 45.0), -180, 180, 1, "degrees", centre=0.0,
    ),
    _p(), _BORDER, _fill(0.0, "the corners, if the border is constant"), _INTERPOLATION,
    after_normalize=True, albumentations_only=_GEOMETRIC_ONLY,
)  # fmt: skip
_add(
    "CoarseDropout", "Coarse dropout",
    "Cuts rectangular holes out of the image, so that no single part can be relied on.",
    ParameterRecord(
        "num_holes_range", "Holes", "How many holes.", "whole_range", (1, 2), 1, 16, 1,
    ),
    ParameterRecord(
        "hole_height_range", "Hole height", "How high a hole is.", "size_range", (0.1, 0.2),
        1, IMAGE_SIZE, 1, "pixels",
    ),
    ParameterRecord(
        "hole_width_range", "Hole width", "How wide a hole is.", "size_range", (0.1, 0.2),
        1, IMAGE_SIZE, 1, "pixels",
    ),
    _fill(0.0, "the hole", "random", "random_uniform", "inpaint_telea", "inpaint_ns"), _p(),
    after_normalize=True,
    albumentations_only=tuple(
        ("fill", name) for name in ("random", "random_uniform", "inpaint_telea", "inpaint_ns")
    ),
)  # fmt: skip
_add(
    "Normalize", "Normalise",
    "Subtracts a mean and divides by a standard deviation, per channel. A policy without it ends "
    "in one with the data set's own numbers.",
    ParameterRecord(
        "mean", "Mean", "The mean to subtract, from 0 to 1.", "channels", "data", 0, 1, 0.001,
    ),
    ParameterRecord(
        "std", "Standard deviation", "What to divide by, from 0.01 to 1.", "channels", "data",
        0.01, 1, 0.001,
    ),
    level="normalize",
)  # fmt: skip
_add(
    "MixUp", "MixUp",
    "Lays a second image of the batch over each image; the label becomes the same mixture "
    "(Zhang et al. 2018, arXiv:1710.09412).",
    ParameterRecord(
        "alpha", "Alpha", "Of the Beta(alpha, alpha) that the share is drawn from: 0.2 mostly "
        "near one image, 1 any share alike.", "number", 0.2, 0.05, 8, 0.05,
    ),
    _p(1.0, "a batch"), level="batch",
)  # fmt: skip
_add(
    "CutMix", "CutMix",
    "Pastes a rectangle of a second image of the batch into each image; the label is shared by "
    "area (Yun et al. 2019, arXiv:1905.04899).",
    ParameterRecord(
        "alpha", "Alpha", "Of the Beta(alpha, alpha) that the area is drawn from: 1 any area "
        "alike.", "number", 1.0, 0.05, 8, 0.05,
    ),
    _p(0.5, "a batch"), level="batch",
)  # fmt: skip
