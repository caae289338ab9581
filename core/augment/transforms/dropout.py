"""Coarse dropout: rectangular holes, filled with one color."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.augment.transforms.parameters import IMAGE_SIZE, ParameterRecord
from core.augment.transforms.record import (
    Call,
    Context,
    OtherCall,
    SampledParams,
    Spelling,
    TransformRecord,
    applied,
)
from core.augment.transforms.shared_parameters import fill, probability
from core.augment.transforms.words import color, percents, span
from core.augment.types import Params, Shape, Values

if TYPE_CHECKING:
    from torch import Tensor

_MADE_UP = ("random", "random_uniform", "inpaint_telea", "inpaint_ns")
_RANGES = {"num_holes_range": "holes", "hole_height_range": "height", "hole_width_range": "width"}


def _make_params(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    height, width = shape
    fewest, most = p["num_holes_range"]
    count = rng.integers(fewest, most + 1, n)
    (low, high), (left, right) = p["hole_height_range"], p["hole_width_range"]
    if high >= 1:
        tall = rng.integers(low, min(high, height) + 1, (n, most))
        wide = rng.integers(left, min(right, width) + 1, (n, most))
    else:
        tall = (height * rng.uniform(low, high, (n, most))).astype(np.int64)
        wide = (width * rng.uniform(left, right, (n, most))).astype(np.int64)
    y = rng.integers(0, height - tall + 1)
    x = rng.integers(0, width - wide + 1)
    holes = np.stack([x, y, x + wide, y + tall], axis=-1)
    holes[np.arange(most) >= count[:, None]] = 0  # an empty rectangle is no hole
    return {"holes": holes}


def _apply_in_place(images: "Tensor", sampled: SampledParams, p: Params, context: Context) -> None:
    """On the sampled rows alone: copies of half the batch cost more than the filling."""
    import torch

    filled = context.color(p["fill"], int)  # albumentations casts it to uint8
    if images.device.type == "cpu":  # where rectangles are cheap one by one
        pixels, level = images.numpy(), np.array(filled, dtype=np.float32)[:, None, None]
        holes = sampled.values["holes"].tolist()
        for row, mine in zip(sampled.rows.tolist(), holes, strict=True):
            for left, top, right, bottom in mine:
                pixels[row, :, top:bottom, left:right] = level
        return
    shape = (images.shape[-2], images.shape[-1])
    mask = torch.from_numpy(hidden(sampled, len(images), shape)).to(images.device)
    for channel, value in enumerate(filled):
        images[:, channel].masked_fill_(mask, value)


def hidden(sampled: SampledParams, count: int, shape: Shape) -> NDArray[np.bool_]:
    """(count, H, W): which pixels lie in a hole."""
    height, width = shape
    holes = sampled.values["holes"]
    left, top, right, bottom = (holes[:, :, side, None] for side in range(4))
    across, down = np.arange(width), np.arange(height)
    columns = (across >= left) & (across < right)  # (n, holes, W)
    lines = (down >= top) & (down < bottom)
    made = np.zeros((count, height, width), dtype=bool)
    made[sampled.rows] = (lines[..., :, None] & columns[..., None, :]).any(axis=1)
    return made


def _check(p: Params) -> str:
    height, width = p["hole_height_range"], p["hole_width_range"]
    if (height[1] < 1) == (width[1] < 1):
        return ""
    return (
        f"CoarseDropout's hole_height_range is {height} and its hole_width_range {width}; give "
        "both in whole pixels or both as shares of the image under 1."
    )


def _describe(values: Params, p: Params) -> str:
    holes = [
        f"{right - left}x{bottom - top} at {left},{top}"
        for left, top, right, bottom in values["holes"]
        if right > left and bottom > top
    ]
    if not holes:
        return "no hole"
    return ("hole " if len(holes) == 1 else "holes ") + "; ".join(holes)


def _describe_settings(p: Params) -> str:
    few, many = p["num_holes_range"]
    sides = (p["hole_height_range"], p["hole_width_range"])
    if sides[0][1] < 1:
        size = " x ".join(map(percents, sides))
    else:
        size = " x ".join(map(span, sides)) + " px"
    count = f"{few}" if few == many else f"{few} to {many}"
    return f"{count} {'hole' if many == 1 else 'holes'} of {size}, filled with {color(p['fill'])}"


def _read_1x(given: Params) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, kind in _RANGES.items():
        most = given.get(f"max_{kind}", 8)
        fewest = given.get(f"min_{kind}")
        made[name] = (most if fewest is None else fewest, most)  # none given: always the most
    if given.get("fill_value") is not None:
        made["fill"] = given["fill_value"]
    return made


def _write_1x(p: Params) -> list[Call]:
    largest = {f"max_{kind}": p[name][1] for name, kind in _RANGES.items()}
    smallest = {f"min_{kind}": p[name][0] for name, kind in _RANGES.items()}
    rest = {"fill_value": p["fill"], "mask_fill_value": None, "p": p["p"]}
    return [("CoarseDropout", {**largest, **smallest, **rest})]


def _read_cutout(given: Params) -> dict[str, Any]:
    """1.x's Cutout, which cut holes of one size, as 1.x's CoarseDropout."""
    made = {
        "max_holes": given.get("num_holes", 8),
        "max_height": given.get("max_h_size", 8),
        "max_width": given.get("max_w_size", 8),
    }
    others = ("fill_value", "always_apply", "p")
    return {**made, **{name: given[name] for name in others if name in given}}


_SPELLING = Spelling(
    renamed={
        **{f"{end}_{kind}": name for name, kind in _RANGES.items() for end in ("max", "min")},
        "fill_value": "fill", "mask_fill_value": "",
    },
    defaults=dict.fromkeys(_RANGES, (8, 8)),
    positions=(
        "max_holes", "max_height", "max_width", "min_holes", "min_height", "min_width",
        "fill_value", "mask_fill_value",
    ),
    read=_read_1x, write=_write_1x,
)  # fmt: skip

RECORDS = (
    TransformRecord(
        "CoarseDropout", "Coarse dropout",
        "Cuts rectangular holes out of the image, so that no single part can be relied on.",
        (
            ParameterRecord("hole_height_range", "Hole height", "How high a hole is.",
                            "size_range", (0.1, 0.2), 1, IMAGE_SIZE, 1, "pixels"),
            ParameterRecord("hole_width_range", "Hole width", "How wide a hole is.", "size_range",
                            (0.1, 0.2), 1, IMAGE_SIZE, 1, "pixels"),
            ParameterRecord("num_holes_range", "Holes", "How many holes.", "whole_range", (1, 2),
                            1, 16, 1),
            fill("the hole", *_MADE_UP), probability(),
        ),
        place=3, after_normalize=True, main=2, check=_check,
        gray_levels_only=tuple(("fill", name) for name in _MADE_UP),
        albumentations_only=tuple(("fill", name) for name in _MADE_UP),
        make_params=_make_params, apply_in_place=_apply_in_place,
        describe=_describe, describe_settings=_describe_settings,
        from_albumentations=applied("holes"), spelling=_SPELLING,
        others={
            "Cutout": OtherCall(
                _read_cutout,
                spelling=Spelling(
                    positions=("num_holes", "max_h_size", "max_w_size", "fill_value")
                ),
            )
        },
    ),
)  # fmt: skip
