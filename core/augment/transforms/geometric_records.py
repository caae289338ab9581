"""Records of the transforms that move or hide pixels."""

from core.augment.transforms.parameters import IMAGE_SIZE, ParameterRecord
from core.augment.transforms.record import (
    BORDER,
    INTERPOLATION,
    NOT_BATCHED,
    TransformRecord,
    fill,
    probability,
)

_CORNERS = "what comes in from outside, if the border is constant"
_MADE_UP = ("random", "random_uniform", "inpaint_telea", "inpaint_ns")


def _range(name: str, label: str, help: str, default: tuple[float, float], low: float, high: float,
           step: float, unit: str = "", **more: object) -> ParameterRecord:  # fmt: skip
    return ParameterRecord(name, label, help, "range", default, low, high, step, unit, **more)  # type: ignore[arg-type]


HORIZONTAL_FLIP = TransformRecord(
    "HorizontalFlip", "Horizontal flip", "Mirrors the image left to right.", (probability(),),
    after_normalize=True,
)  # fmt: skip
VERTICAL_FLIP = TransformRecord(
    "VerticalFlip", "Vertical flip",
    "Mirrors the image top to bottom; few things in CIFAR-10 look like themselves then.",
    (probability(),), after_normalize=True,
)  # fmt: skip
SHIFT_SCALE_ROTATE = TransformRecord(
    "ShiftScaleRotate", "Shift, scale, rotate",
    "Moves, resizes and turns the image about its center, in one step. Width and height are "
    "scaled apart; the shift is cut to whole pixels.",
    (
        _range("rotate_limit", "Rotate", "The turn; positive is to the left.", (-45.0, 45.0),
               -180, 180, 1, "degrees", center=0.0),
        _range("shift_limit", "Shift", "The shift, as a share of the image's side.",
               (-0.0625, 0.0625), -0.5, 0.5, 0.0125, center=0.0),
        _range("scale_limit", "Scale", "How much larger or smaller: 0.1 is 10 percent.",
               (-0.1, 0.1), -0.5, 1, 0.05, center=0.0),
        probability(), BORDER, fill(_CORNERS), INTERPOLATION,
    ),
    after_normalize=True, albumentations_only=NOT_BATCHED,
)  # fmt: skip
AFFINE = TransformRecord(
    "Affine", "Affine", "Any mix of resizing, moving, turning and slanting, about the center.",
    (
        _range("scale", "Scale", "The factor of the size.", (1.0, 1.0), 0.2, 2, 0.05, fixed=True),
        _range("translate_percent", "Shift", "The shift, as a share of the image's side.",
               (0.0, 0.0), -0.5, 0.5, 0.0125, fixed=True),
        _range("rotate", "Rotate", "The turn; positive is to the left.", (0.0, 0.0),
               -180, 180, 1, "degrees", fixed=True),
        _range("shear", "Shear", "The slant, along x and along y.", (0.0, 0.0), -60, 60, 1,
               "degrees", fixed=True),
        ParameterRecord("keep_ratio", "Keep the ratio", "Scale width and height alike.", "switch",
                        False),
        probability(), BORDER, fill(_CORNERS), INTERPOLATION,
    ),
    after_normalize=True, albumentations_only=NOT_BATCHED,
)  # fmt: skip
ROTATE = TransformRecord(
    "Rotate", "Rotate", "Turns the image about its center.",
    (
        _range("limit", "Angle", "The turn; positive is to the left.", (-90.0, 90.0), -180, 180, 1,
               "degrees", center=0.0),
        probability(), BORDER, fill(_CORNERS), INTERPOLATION,
    ),
    after_normalize=True, albumentations_only=NOT_BATCHED,
)  # fmt: skip
RANDOM_CROP = TransformRecord(
    "RandomCrop", "Random crop with padding",
    "Adds a rim on all four sides and cuts a piece of the old size out: the usual CIFAR-10 shift. "
    "(albumentations: Pad, then RandomCrop.)",
    (
        ParameterRecord("padding", "Padding", "The width of the rim.", "whole", 4, 0, 16, 1,
                        "pixels"),
        BORDER, fill("the rim, if the border is constant"), probability(1.0),
    ),
    after_normalize=True,
)  # fmt: skip
COARSE_DROPOUT = TransformRecord(
    "CoarseDropout", "Coarse dropout",
    "Cuts rectangular holes out of the image, so that no single part can be relied on.",
    (
        ParameterRecord("hole_height_range", "Hole height", "How high a hole is.", "size_range",
                        (0.1, 0.2), 1, IMAGE_SIZE, 1, "pixels"),
        ParameterRecord("hole_width_range", "Hole width", "How wide a hole is.", "size_range",
                        (0.1, 0.2), 1, IMAGE_SIZE, 1, "pixels"),
        ParameterRecord("num_holes_range", "Holes", "How many holes.", "whole_range", (1, 2), 1,
                        16, 1),
        fill("the hole", *_MADE_UP), probability(),
    ),
    after_normalize=True,
    albumentations_only=tuple(("fill", name) for name in _MADE_UP), main=2,
)  # fmt: skip

SPACE = (
    HORIZONTAL_FLIP,
    SHIFT_SCALE_ROTATE,
    COARSE_DROPOUT,
    RANDOM_CROP,
    AFFINE,
    ROTATE,
    VERTICAL_FLIP,
)
