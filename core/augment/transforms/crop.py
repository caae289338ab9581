"""Random crop with padding: a rim added on all sides, and a piece of the old size cut out.

albumentations pads only images that are too small, so this is two steps of it: Pad and RandomCrop.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.augment.transforms.parameters import IMAGE_SIZE, ParameterRecord
from core.augment.transforms.record import Call, Context, OtherCall, Spelling, TransformRecord
from core.augment.transforms.shared_parameters import BORDER, fill, probability
from core.augment.transforms.words import listed, moved
from core.augment.types import Params, Shape, Values
from core.errors import LabError, quoted

if TYPE_CHECKING:
    from torch import Tensor


def _make_params(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    places = 2 * p["padding"] + 1
    return {"left": rng.integers(0, places, n), "top": rng.integers(0, places, n)}


def _apply(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    import torch

    from core.augment.functional import warp

    outside = context.color(p["fill"], round)  # as OpenCV
    left, top = (torch.from_numpy(values[name]).to(images.device) for name in ("left", "top"))
    return warp.crop(images, left, top, p["padding"], p["border_mode"], outside)


def _from_albumentations(applied: Params, image: NDArray[Any]) -> Values:
    left, top = applied["crop_coords"][:2]
    return {"left": np.asarray(left), "top": np.asarray(top)}


def _describe(values: Params, p: Params) -> str:
    # cutting further right shows the image further left
    return listed(
        moved(p["padding"] - values["left"], "right", "left"),
        moved(p["padding"] - values["top"], "down", "up"),
    )


def _calls(name: str, p: Params) -> list[Call]:
    return [("Pad", {key: p[key] for key in ("padding", "border_mode", "fill")}), (name, _CUT)]


def _write_1x(p: Params) -> list[Call]:
    side = IMAGE_SIZE + 2 * p["padding"]
    rim = {"min_height": side, "min_width": side, "border_mode": p["border_mode"]}
    return [("PadIfNeeded", {**rim, "value": p["fill"]}), ("RandomCrop", _CUT)]


def _read(given: Params) -> dict[str, Any]:
    size = (given.get("height"), given.get("width"))
    if size != (IMAGE_SIZE, IMAGE_SIZE):
        raise LabError(
            f"RandomCrop cuts {size[0]}x{size[1]}; in this lab images stay "
            f"{IMAGE_SIZE}x{IMAGE_SIZE}."
        )
    return {"p": 1.0, "padding": 0, **{k: x for k, x in given.items() if k not in _CUT}}


def _read_pad(given: Params) -> dict[str, Any]:
    return {"padding": given.get("padding", 0), **_rim("Pad", given, "padding")}


def _read_pad_if_needed(given: Params) -> dict[str, Any]:
    side = given.get("min_height")
    if given.get("min_width") != side or not isinstance(side, int) or side % 2 or side < IMAGE_SIZE:
        raise LabError(
            "PadIfNeeded must give min_height and min_width alike, an even number from "
            f"{IMAGE_SIZE}."
        )
    rim = _rim("PadIfNeeded", given, "min_height", "min_width")
    return {"padding": (side - IMAGE_SIZE) // 2, **rim}


def _rim(name: str, given: Params, *own: str) -> dict[str, Any]:
    kept = {key: given[key] for key in ("border_mode", "fill") if key in given}
    for key, value in given.items():
        if key not in (*kept, *own, "fill_mask") and (key, value) != ("p", 1):
            raise LabError(f"{name}'s {key}={quoted(value)} is not offered here; leave it out.")
    return kept


_CUT = {"height": IMAGE_SIZE, "width": IMAGE_SIZE}

RECORDS = (
    TransformRecord(
        "RandomCrop", "Random crop with padding",
        "Adds a rim on all four sides and cuts a piece of the old size out: the usual CIFAR-10 "
        "shift. (albumentations: Pad, then RandomCrop.)",
        (
            ParameterRecord("padding", "Padding", "The width of the rim.", "whole", 4, 0, 16, 1,
                            "pixels"),
            BORDER, fill("the rim, if the border is constant"), probability(1.0),
        ),
        after_normalize=True, make_params=_make_params, apply=_apply, describe=_describe,
        calls=_calls, from_albumentations=_from_albumentations, read=_read,
        spelling=Spelling(write=_write_1x),
        others={
            "Pad": OtherCall(_read_pad, precedes=True),
            "PadIfNeeded": OtherCall(
                _read_pad_if_needed, precedes=True,
                spelling=Spelling({"value": "fill", "mask_value": ""},
                                  defaults={"border_mode": "reflect_101"}),
            ),
        },
    ),
)  # fmt: skip
