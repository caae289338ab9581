"""Affine maps: the image moved, resized, turned, slanted about its center."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.augment.transforms.parameters import ParameterRecord
from core.augment.transforms.record import Context, Spelling, TransformRecord
from core.augment.transforms.shared_parameters import (
    BORDER,
    INTERPOLATION,
    NOT_BATCHED,
    fill,
    interval,
    probability,
)
from core.augment.transforms.words import corners, listed, moved, percent, percents, span
from core.augment.types import Params, Shape, Values

if TYPE_CHECKING:
    from torch import Tensor

_Bounds = tuple[float, float]
_CORNERS = fill("what comes in from outside, if the border is constant")
_TURN = "The turn; positive is to the left."


def _sample(
    n: int,
    rng: np.random.Generator,
    shape: Shape,
    *,
    angle: _Bounds,
    shift: _Bounds = (0, 0),
    scale: _Bounds = (1, 1),
    shear: _Bounds = (0, 0),
    tied: bool = False,
) -> Values:
    """Whole pixels of shift: int() cuts towards zero, so 0.0625 of 32 gives -1, 0, 0 or +1."""
    height, width = shape
    scale_x = rng.uniform(*scale, n)
    return {
        "angle": rng.uniform(*angle, n),
        "shift_x": np.trunc(rng.uniform(*shift, n) * width),
        "shift_y": np.trunc(rng.uniform(*shift, n) * height),
        "scale_x": scale_x,
        "scale_y": scale_x if tied else rng.uniform(*scale, n),
        "shear_x": -rng.uniform(*shear, n),
        "shear_y": -rng.uniform(*shear, n),
    }


def _shift_scale_rotate(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    low, high = p["scale_limit"]
    # albumentations 2 scales width and height apart here; 1.x sampled one factor for both
    return _sample(
        n, rng, shape, angle=p["rotate_limit"], shift=p["shift_limit"], scale=(1 + low, 1 + high)
    )


def _any_affine(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    return _sample(
        n, rng, shape, angle=p["rotate"], shift=p["translate_percent"], scale=p["scale"],
        shear=p["shear"], tied=p["keep_ratio"],
    )  # fmt: skip


def _rotate(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    return _sample(n, rng, shape, angle=p["limit"])


def _prepare(values: Values, p: Params, shape: Shape) -> Values:
    from core.augment.functional import warp

    matrices = values.get("matrix")  # albumentations' own, where it sampled them
    if matrices is None:
        matrices = warp.affine_matrices(values, shape)
    return {"places": warp.places(matrices, p["border_mode"], shape)}


def _apply(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    """Rounded like OpenCV on uint8, where they hold pixel values."""
    from core.augment.functional import color, warp

    outside = context.color(p["fill"], round)  # as OpenCV
    warped = warp.warp(images, values["places"], p["border_mode"], outside)
    return warped if context.normalized else color.rounded(warped)


def _from_albumentations(applied: Params, image: NDArray[Any]) -> Values:
    height, width = image.shape[:2]
    matrix = np.asarray(applied["matrix"])[:2]
    center = np.array([(width - 1) / 2, (height - 1) / 2])
    # the image's center is what the shift moves, and nothing else does
    shift = matrix[:, :2] @ center + matrix[:, 2] - center
    scale = applied.get("scale", {"x": 1.0, "y": 1.0})
    if "rotate" in applied:
        angle = np.asarray(applied["rotate"])
    else:  # Rotate keeps its matrix alone
        angle = np.rad2deg(np.arctan2(matrix[0, 1], matrix[0, 0]))
    return {
        "angle": angle,
        "scale_x": np.asarray(scale["x"]),
        "scale_y": np.asarray(scale["y"]),
        "shift_x": shift[0],
        "shift_y": shift[1],
        "matrix": matrix,
    }


def _describe(values: Params, p: Params) -> str:
    angle = float(values["angle"])
    turned = f"turned {abs(angle):.1f} degrees {'left' if angle >= 0 else 'right'}"
    slants = [abs(float(values.get(name, 0))) for name in ("shear_x", "shear_y")]
    return listed(
        turned if abs(angle) >= 0.05 else "",
        percent(values["scale_x"], "wider", "narrower"),
        percent(values["scale_y"], "taller", "lower"),
        f"slanted {max(slants):.1f} degrees" if max(slants) >= 0.05 else "",
        moved(values["shift_x"], "right", "left"),
        moved(values["shift_y"], "down", "up"),
    )


def _describe_settings(p: Params) -> str:
    return listed(
        f"turn {span(p['rotate_limit'])} degrees",
        f"shift {percents(p['shift_limit'])}",
        f"scale {percents(p['scale_limit'])}",
        corners(p),
    )


def _record(
    name: str, label: str, help: str, own: tuple[ParameterRecord, ...], **more: Any
) -> TransformRecord:
    shared: dict[str, Any] = {
        "after_normalize": True, "albumentations_only": NOT_BATCHED, "prepare": _prepare,
        "apply": _apply, "describe": _describe, "from_albumentations": _from_albumentations,
    }  # fmt: skip
    parameters = (*own, probability(), BORDER, _CORNERS, INTERPOLATION)
    return TransformRecord(name, label, help, parameters, **{**shared, **more})


# 1.x reflected at the border by default
_REFLECTED = Spelling({"value": "fill", "mask_value": ""}, defaults={"border_mode": "reflect_101"})

RECORDS = (
    _record(
        "ShiftScaleRotate", "Shift, scale, rotate",
        "Moves, resizes and turns the image about its center, in one step. Width and height are "
        "scaled apart; the shift is cut to whole pixels.",
        (
            interval("rotate_limit", "Rotate", _TURN, (-45.0, 45.0), -180, 180, 1, "degrees",
                     center=0.0),
            interval("shift_limit", "Shift", "The shift, as a share of the image's side.",
                     (-0.0625, 0.0625), -0.5, 0.5, 0.0125, center=0.0),
            interval("scale_limit", "Scale", "How much larger or smaller: 0.1 is 10 percent.",
                     (-0.1, 0.1), -0.5, 1, 0.05, center=0.0),
        ),
        place=2, make_params=_shift_scale_rotate, describe_settings=_describe_settings,
        spelling=_REFLECTED,
    ),
    _record(
        "Affine", "Affine", "Any mix of resizing, moving, turning and slanting, about the center.",
        (
            interval("scale", "Scale", "The factor of the size.", (1.0, 1.0), 0.2, 2, 0.05,
                     fixed=True),
            interval("translate_percent", "Shift", "The shift, as a share of the image's side.",
                     (0.0, 0.0), -0.5, 0.5, 0.0125, fixed=True),
            interval("rotate", "Rotate", _TURN, (0.0, 0.0), -180, 180, 1, "degrees", fixed=True),
            interval("shear", "Shear", "The slant, along x and along y.", (0.0, 0.0), -60, 60, 1,
                     "degrees", fixed=True),
            ParameterRecord("keep_ratio", "Keep the ratio", "Scale width and height alike.",
                            "switch", False),
        ),
        make_params=_any_affine,
        spelling=Spelling({"mode": "border_mode", "cval": "fill", "cval_mask": ""}),
    ),
    _record(
        "Rotate", "Rotate", "Turns the image about its center.",
        (interval("limit", "Angle", _TURN, (-90.0, 90.0), -180, 180, 1, "degrees", center=0.0),),
        make_params=_rotate, spelling=_REFLECTED,
    ),
)  # fmt: skip
