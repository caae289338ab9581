"""What is drawn for each image, from the same distributions as albumentations 2.0.8.

One function a transform, named as in TRANSFORMS; each draws for `count` images at once. Pixels are
changed elsewhere (core/augment/operations.py): these are numbers only, so that both engines, the
page's words and the tests share them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.augment.policy import Transform

Values = dict[str, NDArray[Any]]
Shape = tuple[int, int]  # height, width in pixels
Draw = Callable[[Mapping[str, Any], int, np.random.Generator, Shape], Values]


@dataclass(frozen=True, eq=False)
class Drawn:
    """One transform's draw for a batch.

    `rows`: int64 (n,), the images of the batch that are changed, ascending. `values`: by name, one
    row an image in `rows`.
    """

    rows: NDArray[np.int64]
    values: Values


def draw(transform: Transform, count: int, rng: np.random.Generator, shape: Shape) -> Drawn:
    """Draw whether and how each of `count` images of `shape` is changed."""
    probability = float(transform.parameters.get("p", 1.0))
    rows = np.flatnonzero(rng.random(count) < probability)
    values = DRAWS[transform.name](transform.parameters, len(rows), rng, shape)
    return Drawn(rows, values)


def _nothing(p: Mapping[str, Any], n: int, rng: np.random.Generator, shape: Shape) -> Values:
    return {}


def _shift_scale_rotate(
    p: Mapping[str, Any], n: int, rng: np.random.Generator, shape: Shape
) -> Values:
    height, width = shape
    # int() cuts towards zero: at 32 pixels, 0.0625 gives -1, 0, 0 and +1
    shift_x = np.trunc(rng.uniform(*p["shift_limit"], n) * width)
    shift_y = np.trunc(rng.uniform(*p["shift_limit"], n) * height)
    low, high = p["scale_limit"]
    return {
        "shift_x": shift_x,
        "shift_y": shift_y,
        # drawn apart: albumentations 2 builds this on Affine with keep_ratio=False
        "scale_x": 1.0 + rng.uniform(low, high, n),
        "scale_y": 1.0 + rng.uniform(low, high, n),
        "angle": rng.uniform(*p["rotate_limit"], n),
        "shear_x": np.zeros(n),
        "shear_y": np.zeros(n),
    }


def _coarse_dropout(p: Mapping[str, Any], n: int, rng: np.random.Generator, shape: Shape) -> Values:
    height, width = shape
    most = p["num_holes_range"][1]
    count = rng.integers(p["num_holes_range"][0], most + 1, n)
    if p["hole_height_range"][1] >= 1:
        low, high = p["hole_height_range"]
        tall = rng.integers(low, min(high, height) + 1, (n, most))
        low, high = p["hole_width_range"]
        wide = rng.integers(low, min(high, width) + 1, (n, most))
    else:
        tall = (height * rng.uniform(*p["hole_height_range"], (n, most))).astype(np.int64)
        wide = (width * rng.uniform(*p["hole_width_range"], (n, most))).astype(np.int64)
    top = rng.integers(0, height - tall + 1)
    left = rng.integers(0, width - wide + 1)
    holes = np.stack([left, top, left + wide, top + tall], axis=-1)
    holes[np.arange(most) >= count[:, None]] = 0  # an empty rectangle is no hole
    return {"holes": holes}


DRAWS: dict[str, Draw] = {
    "HorizontalFlip": _nothing,
    "ShiftScaleRotate": _shift_scale_rotate,
    "CoarseDropout": _coarse_dropout,
    "Normalize": _nothing,
}
