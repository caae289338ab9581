"""What is drawn for each image, from the same distributions as albumentations 2.0.8.

One function a transform, named as in TRANSFORMS; each draws for `count` images at once. Pixels are
changed elsewhere (core/augment/transforms/operations.py): these are numbers only, so that both
engines, the page's words and the tests share them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.augment.policy import Transform

Values = dict[str, NDArray[Any]]
Shape = tuple[int, int]  # height, width in pixels
Numbers = NDArray[np.float64]
Given = Mapping[str, Any]
Generator = np.random.Generator
Draw = Callable[[Given, int, Generator, Shape], Values]


@dataclass(frozen=True, eq=False)
class Drawn:
    """One transform's draw for a batch.

    `rows`: int64 (n,), the images of the batch that are changed, ascending. `values`: by name, one
    row an image in `rows`.
    """

    rows: NDArray[np.int64]
    values: Values


def draw(transform: Transform, count: int, rng: Generator, shape: Shape) -> Drawn:
    """Draw whether and how each of `count` images of `shape` is changed."""
    probability = float(transform.parameters.get("p", 1.0))
    rows = np.flatnonzero(rng.random(count) < probability)
    values = DRAWS[transform.name](transform.parameters, len(rows), rng, shape)
    return Drawn(rows, values)


def _uniform(rng: Generator, bounds: tuple[float, float], size: int | tuple[int, ...]) -> Numbers:
    return rng.uniform(bounds[0], bounds[1], size)


def _nothing(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    return {}


def _affine(
    n: int,
    rng: Generator,
    shape: Shape,
    *,
    angle: tuple[float, float],
    shift: tuple[float, float] = (0, 0),
    scale: tuple[float, float] = (1, 1),
    shear: tuple[float, float] = (0, 0),
    tied: bool = False,
) -> Values:
    """Whole pixels of shift: int() cuts towards zero, so 0.0625 of 32 gives -1, 0, 0 or +1."""
    height, width = shape
    scale_x = _uniform(rng, scale, n)
    return {
        "angle": _uniform(rng, angle, n),
        "shift_x": np.trunc(_uniform(rng, shift, n) * width),
        "shift_y": np.trunc(_uniform(rng, shift, n) * height),
        "scale_x": scale_x,
        "scale_y": scale_x if tied else _uniform(rng, scale, n),
        "shear_x": -_uniform(rng, shear, n),
        "shear_y": -_uniform(rng, shear, n),
    }


def _shift_scale_rotate(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    low, high = p["scale_limit"]
    # albumentations 2 scales width and height apart here; 1.x drew one factor for both
    return _affine(
        n, rng, shape, angle=p["rotate_limit"], shift=p["shift_limit"], scale=(1 + low, 1 + high)
    )


def _any_affine(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    return _affine(
        n, rng, shape, angle=p["rotate"], shift=p["translate_percent"], scale=p["scale"],
        shear=p["shear"], tied=p["keep_ratio"],
    )  # fmt: skip


def _rotate(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    return _affine(n, rng, shape, angle=p["limit"])


def _random_crop(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    places = 2 * p["padding"] + 1
    return {"left": rng.integers(0, places, n), "top": rng.integers(0, places, n)}


def _coarse_dropout(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    height, width = shape
    fewest, most = p["num_holes_range"]
    count = rng.integers(fewest, most + 1, n)
    (low, high), (left, right) = p["hole_height_range"], p["hole_width_range"]
    if high >= 1:
        tall = rng.integers(low, min(high, height) + 1, (n, most))
        wide = rng.integers(left, min(right, width) + 1, (n, most))
    else:
        tall = (height * _uniform(rng, (low, high), (n, most))).astype(np.int64)
        wide = (width * _uniform(rng, (left, right), (n, most))).astype(np.int64)
    y = rng.integers(0, height - tall + 1)
    x = rng.integers(0, width - wide + 1)
    holes = np.stack([x, y, x + wide, y + tall], axis=-1)
    holes[np.arange(most) >= count[:, None]] = 0  # an empty rectangle is no hole
    return {"holes": holes}


def _color_jitter(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    order = rng.permuted(np.tile(np.arange(4), (n, 1)), axis=1)
    names = ("brightness", "contrast", "saturation", "hue")
    return {**{name: _uniform(rng, p[name], n) for name in names}, "order": order}


def _brightness_contrast(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    return {
        "factor": 1.0 + _uniform(rng, p["contrast_limit"], n),
        "added": _uniform(rng, p["brightness_limit"], n),
    }


def _hue_saturation(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    return {
        "hue_shift": _uniform(rng, p["hue_shift_limit"], n),
        "sat_shift": _uniform(rng, p["sat_shift_limit"], n),
        "val_shift": _uniform(rng, p["val_shift_limit"], n),
    }


def _gauss_noise(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    std = _uniform(rng, p["std_range"], n)
    mean = _uniform(rng, p["mean_range"], n)
    noise = rng.standard_normal((n, 3 if p["per_channel"] else 1, *shape), dtype=np.float32)
    noise *= std.astype(np.float32)[:, None, None, None] * 255
    noise += mean.astype(np.float32)[:, None, None, None] * 255
    return {"std": std, "mean": mean, "noise": noise}


def _sharpen(p: Given, n: int, rng: Generator, shape: Shape) -> Values:
    return {
        "alpha": _uniform(rng, p["alpha"], n),
        "lightness": _uniform(rng, p["lightness"], n),
    }


DRAWS: dict[str, Draw] = {
    "HorizontalFlip": _nothing,
    "VerticalFlip": _nothing,
    "ShiftScaleRotate": _shift_scale_rotate,
    "Affine": _any_affine,
    "Rotate": _rotate,
    "RandomCrop": _random_crop,
    "CoarseDropout": _coarse_dropout,
    "ColorJitter": _color_jitter,
    "ToGray": _nothing,
    "RandomBrightnessContrast": _brightness_contrast,
    "HueSaturationValue": _hue_saturation,
    "GaussNoise": _gauss_noise,
    "Sharpen": _sharpen,
    "Normalize": _nothing,
}
