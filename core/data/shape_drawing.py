"""Ten shapes drawn by the lab: a small image set that needs no download and no file.

The class is the shape alone. Where it lies, how large and how turned it is, its colors, texture,
the ground, clutter behind and marks in front are nuisance, drawn afresh for every image, so a
network has to see outlines. The training images are tidy: shapes near the middle, upright, facing
one way, seldom hidden. The test images are not, so that what is learnt from the training images
alone falls short, and flips, shifts, turns and dropped patches make up for it. All of it follows
from the seed.
"""

import colorsys
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.image_set import ImageSet
from core.data.shape_outlines import OUTLINES, Floats, mark
from core.data.statistics import mean_and_std
from core.progress import Progress, silent

CLASS_NAMES = tuple(OUTLINES)
VERSION = "2"  # raise it when the same seed gives other pixels
_SIZE = 32
_BLOCK = 250  # images drawn at once: what they need stays in the processor's cache
_CLUTTER, _OCCLUDERS = 4, 2
_USUAL = 0.4  # the share of a class that is drawn in its usual color
_USUAL_COLORS = np.array(
    [colorsys.hsv_to_rgb(turn, 0.75, 0.85) for turn in np.arange(10) / 10],
    dtype=np.float32,
)[:, :, None, None]


@dataclass(frozen=True)
class _Manner:
    """How freely a shape is set into the picture."""

    room: float  # share of the free way to the rim over which its middle lies
    turn: float  # radians to either side
    mirrored: float  # share of the images
    hidden: float  # probability of each of the marks in front


_TIDY = _Manner(room=0.45, turn=0.15, mirrored=0.08, hidden=0.15)
_UNTIDY = _Manner(room=1.0, turn=0.5, mirrored=0.5, hidden=0.5)


def make(
    train: int = 10_000, test: int = 2_000, seed: int = 0, progress: Progress = silent
) -> ImageSet:
    """`train` and `test` images, classes in turn; fewer images of a seed are the first of more.

    Raises:
        ValueError: a count below the number of classes, or a negative seed.
    """
    if min(train, test) < len(CLASS_NAMES):
        raise ValueError(f"{train} and {test} images asked for, at least 10 of each are needed")
    tensors = {}
    for stream, (half, count, manner) in enumerate(
        (("train", train, _TIDY), ("test", test, _UNTIDY))
    ):
        layout, grain = (
            np.random.Generator(np.random.PCG64(each))
            for each in np.random.SeedSequence((seed, stream)).spawn(2)
        )
        images = np.empty((count, 3, _SIZE, _SIZE), dtype=np.uint8)
        labels = np.arange(count) % len(CLASS_NAMES)
        for start in range(0, count, _BLOCK):
            end = min(start + _BLOCK, count)
            images[start:end] = _draw(labels[start:end], layout, grain, manner)
            progress((stream * train + end) / (train + test), "drawing shapes")
        tensors[f"{half}_images"] = torch.from_numpy(images)
        tensors[f"{half}_labels"] = torch.from_numpy(labels)
    return image_set(tensors)


def image_set(tensors: dict[str, torch.Tensor]) -> ImageSet:
    """The set made of `train_images`, `train_labels`, `test_images` and `test_labels`."""
    mean, std = mean_and_std(tensors["train_images"])
    return ImageSet(
        source="shapes",
        title="Shapes",
        train_images=tensors["train_images"],
        train_labels=tensors["train_labels"],
        test_images=tensors["test_images"],
        test_labels=tensors["test_labels"],
        class_names=CLASS_NAMES,
        mean=mean,
        std=std,
    )


class _Draws:
    """One row of uniform numbers an image, handed out by the column."""

    def __init__(self, generator: np.random.Generator, count: int, columns: int) -> None:
        self._table = generator.random((count, columns), dtype=np.float32)
        self._next = 0

    def take(self, low: float = 0.0, high: float = 1.0) -> Floats:
        """The next column, between `low` and `high`, as (N, 1, 1)."""
        column = self._table[:, self._next, None, None]
        self._next += 1
        return low + (high - low) * column

    def color(self) -> Floats:
        """Red, green and blue as (N, 3, 1, 1)."""
        return np.stack([self.take() for _ in range(3)], axis=1)


_COLUMNS = 128  # at least what one image takes from _Draws
_COLUMN, _ROW = (
    grid.astype(np.float32)[None] for grid in np.meshgrid(np.arange(32.0), 31 - np.arange(32.0))
)  # pixel coordinates, x to the right and y upwards, (1, 32, 32)


def _draw(
    labels: NDArray[np.int64],
    layout: np.random.Generator,
    grain: np.random.Generator,
    manner: _Manner,
) -> NDArray[np.uint8]:
    draws = _Draws(layout, len(labels), _COLUMNS)
    ground = draws.color()
    picture = _textured(draws, ground, strength=0.12)
    for _ in range(_CLUTTER):
        picture = _with_mark(draws, picture, draws.take(1.0, 4.0), draws.take(0.6, 1.5), 0.5)
    radius = draws.take(7.0, 13.0)
    x, y = _placed(draws, radius, manner)
    outline = np.empty_like(x)
    for index, distance in enumerate(OUTLINES.values()):
        rows = labels == index
        outline[rows] = distance(x[rows], y[rows])
    usual = draws.take()[:, None] < _USUAL
    color = np.where(usual, _USUAL_COLORS[labels] + 0.3 * (draws.color() - 0.5), draws.color())
    color = _set_off(color, ground, draws.take(0.45, 1.1))
    picture = _laid_over(picture, _textured(draws, color, strength=0.2), outline * radius)
    for _ in range(_OCCLUDERS):
        picture = _with_mark(
            draws, picture, draws.take(2.5, 7.0), draws.take(0.8, 2.2), manner.hidden
        )
    light = draws.take(0.75, 1.15)[:, None]
    noise = grain.random(picture.shape, dtype=np.float32) - np.float32(0.5)
    picture = picture * light + noise * draws.take(0.02, 0.18)[:, None]
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _placed(draws: _Draws, radius: Floats, manner: _Manner) -> tuple[Floats, Floats]:
    """Coordinates of a shape somewhere in the picture, turned, stretched, perhaps mirrored."""
    room = manner.room * np.maximum(
        16.0 - radius, 3.0
    )  # the rim may cut off a little of a large one
    x = _COLUMN - (15.5 + room * draws.take(-1, 1))
    y = _ROW - (15.5 + room * draws.take(-1, 1))
    angle = draws.take(-manner.turn, manner.turn)
    stretch = np.exp(draws.take(-0.2, 0.2))
    side = np.where(draws.take() < manner.mirrored, np.float32(-1), np.float32(1))
    across = (x * np.cos(angle) + y * np.sin(angle)) * side * stretch / radius
    along = (y * np.cos(angle) - x * np.sin(angle)) / stretch / radius
    return across, along


def _with_mark(draws: _Draws, picture: Floats, long: Floats, short: Floats, share: float) -> Floats:
    """A mark anywhere in a `share` of the pictures."""
    x = _COLUMN - draws.take(0, 31)
    y = _ROW - draws.take(0, 31)
    angle = draws.take(0, np.pi)
    outline = mark(
        x * np.cos(angle) + y * np.sin(angle),
        y * np.cos(angle) - x * np.sin(angle),
        np.maximum(long, short),
        short,
        draws.take(),
    )
    absent = draws.take() > share
    return _laid_over(picture, draws.color(), outline + np.where(absent, np.float32(99), 0))


def _textured(draws: _Draws, color: Floats, strength: float) -> Floats:
    """Colors (N, 3, 32, 32) around `color`: waves in any direction, from shading to stripes."""
    angle, pace = draws.take(0, np.pi), draws.take(0.05, 1.6)
    along = _COLUMN * np.cos(angle) + _ROW * np.sin(angle)
    wave = np.sin(along * pace + draws.take(0, 2 * np.pi))
    sharp = draws.take(1, 6)
    depth = draws.take(0, strength)
    change: Floats = np.clip(wave * sharp, -1, 1) * depth
    return color + change[:, None] * draws.color()


def _set_off(color: Floats, ground: Floats, contrast: Floats) -> Floats:
    """`color` moved away from `ground` until they lie `contrast` apart, or as far as can be."""
    way = color - ground
    distance = np.sqrt((way**2).sum(axis=1, keepdims=True)) + np.float32(1e-3)
    moved: Floats = np.clip(ground + way * np.maximum(1, contrast[:, None] / distance), 0, 1)
    return moved


def _laid_over(picture: Floats, above: Floats, outline: Floats) -> Floats:
    """`above` where `outline` (distances in pixels) is negative, with edges one pixel soft."""
    cover: Floats = np.clip(np.float32(0.5) - outline, 0, 1)[:, None]
    return picture + (above - picture) * cover
