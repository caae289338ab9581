"""The learning history of a run: when each test image was learned, how often forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

if TYPE_CHECKING:
    from core.predictions import Predictions
    from core.runs.store import Run

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TopPredictions:
    """The predicted class of every test image after one epoch, without other probabilities.

    `predicted`: int64 (N,). `confidence`: float32 (N,), the probability of that class, 0 to 1.
    The rest as in Predictions.
    """

    predicted: Tensor
    confidence: Tensor
    labels: Tensor
    class_names: tuple[str, ...]
    data: str
    epoch: int

    @property
    def accuracy(self) -> float:
        """The share of images whose predicted class is the label, in percent."""
        return 100 * (self.predicted == self.labels).double().mean().item()


@dataclass(frozen=True, eq=False)
class LearningHistory:
    """`epochs` in order; `predicted` (integers) and `confidence` float32, one row each: (E, N)."""

    epochs: tuple[int, ...]
    predicted: NDArray[np.integer[Any]]
    confidence: NDArray[np.float32]

    def after(self, epoch: int, last: "Predictions") -> TopPredictions:
        """The predictions after `epoch`, one of `epochs`, of the images that `last` is about."""
        row = self.epochs.index(epoch)
        return TopPredictions(
            predicted=torch.from_numpy(self.predicted[row].astype(np.int64)),
            confidence=torch.from_numpy(self.confidence[row].astype(np.float32)),
            labels=last.labels,
            class_names=last.class_names,
            data=last.data,
            epoch=epoch,
        )


def read(run: "Run", images: int, classes: int) -> LearningHistory:
    """The history of a run over `images` test images of `classes` classes.

    Epochs of another number of images or of other classes are left out.

    Raises:
        LabError: a file of it is damaged.
    """
    stored = [
        row
        for row in run.prediction_history()
        if len(row[1]) == images and row[1].max(initial=0) < classes
    ]
    empty = np.zeros((0, images))
    return LearningHistory(
        tuple(epoch for epoch, _, _ in stored),
        np.stack([row for _, row, _ in stored]) if stored else empty.astype(np.int64),
        np.stack([row for _, _, row in stored]) if stored else empty.astype(np.float32),
    )


@dataclass(frozen=True, eq=False)
class ForgettingEvents:
    """For every image, int64 (N,): when it was learned and how often forgotten again.

    `first`: the row of the first correct prediction, -1 for never. `since`: the row from which all
    were correct, -1 where the last one is wrong. `forgotten`: how often a correct prediction was
    followed by a wrong one (Toneva et al. 2019, arXiv:1812.05159, there on training images).
    """

    first: Integers
    since: Integers
    forgotten: Integers


def forgetting_events(predicted: ArrayLike, labels: ArrayLike) -> ForgettingEvents:
    """From predicted classes (E, N), epochs in order, and labels (N,)."""
    correct = np.asarray(predicted) == np.asarray(labels)[None]
    epochs = len(correct)
    if not epochs:
        never = np.full(correct.shape[1], -1, dtype=np.int64)
        return ForgettingEvents(never, never.copy(), np.zeros_like(never))
    first = np.where(correct.any(axis=0), correct.argmax(axis=0), -1)
    wrong_from_end = (~correct[::-1]).argmax(axis=0)  # 0 where the last answer is wrong
    since = np.where(correct.all(axis=0), 0, np.where(correct[-1], epochs - wrong_from_end, -1))
    forgotten = (correct[:-1] & ~correct[1:]).sum(axis=0)
    return ForgettingEvents(
        first.astype(np.int64), since.astype(np.int64), forgotten.astype(np.int64)
    )


def in_words(about: ForgettingEvents, image: int, epochs: Sequence[int]) -> str:
    """One image's learning history in a sentence; `epochs` are the numbers of the rows."""
    if not len(epochs):
        return "No epoch was recorded."
    first, since = int(about.first[image]), int(about.since[image])
    lost = int(about.forgotten[image])
    if first < 0:
        return f"Never correct in {len(epochs)} epochs."
    times = {0: "never forgotten", 1: "forgotten once", 2: "forgotten twice"}
    words = (
        f"First correct after epoch {epochs[first]}, {times.get(lost, f'forgotten {lost} times')}"
    )
    if since < 0:
        return f"{words}; wrong after the last one."
    return f"{words}." if not lost else f"{words}; correct ever since epoch {epochs[since]}."
