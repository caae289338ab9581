"""What a run said of every test image after each epoch: when learned, how often forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from core.errors import LabError

if TYPE_CHECKING:
    from core.predictions import Predictions
    from core.runs.store import Run

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Answers:
    """The answer to every test image after one epoch, without the probabilities of other classes.

    `predicted`: int64 (N,). `confidence`: float32 (N,), the probability of that answer, 0 to 1.
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
class History:
    """`epochs` in order; `predicted` uint8 and `confidence` float32, one row each: (E, N)."""

    epochs: tuple[int, ...]
    predicted: NDArray[np.uint8]
    confidence: NDArray[np.float32]

    def after(self, epoch: int, last: "Predictions") -> Answers:
        """The answers after `epoch`, one of `epochs`, to the images that `last` is about."""
        row = self.epochs.index(epoch)
        return Answers(
            predicted=torch.from_numpy(self.predicted[row].astype(np.int64)),
            confidence=torch.from_numpy(self.confidence[row].astype(np.float32)),
            labels=last.labels,
            class_names=last.class_names,
            data=last.data,
            epoch=epoch,
        )


def read(run: "Run", images: int) -> History:
    """The history of a run over `images` test images; epochs of another number are left out.

    Raises:
        LabError: a file of it is damaged.
    """
    from safetensors import SafetensorError

    try:
        kept = [row for row in run.prediction_history() if len(row[1]) == images]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise LabError(
            f"The predictions that run {run.name} kept of its epochs cannot be read "
            f"({type(error).__name__}); choose another run."
        ) from error
    empty = np.zeros((0, images))
    return History(
        tuple(epoch for epoch, _, _ in kept),
        np.stack([row for _, row, _ in kept]) if kept else empty.astype(np.uint8),
        np.stack([row for _, _, row in kept]) if kept else empty.astype(np.float32),
    )


@dataclass(frozen=True, eq=False)
class Learning:
    """For every image, int64 (N,): when it was learned and how often that was lost again.

    `first`: the row of the first right answer, -1 for never. `since`: the row from which every
    answer was right, -1 where the last one is wrong. `forgotten`: how often a right answer was
    followed by a wrong one (Toneva et al. 2019, arXiv:1812.05159, there on training images).
    """

    first: Integers
    since: Integers
    forgotten: Integers


def learning(predicted: ArrayLike, labels: ArrayLike) -> Learning:
    """From answers (E, N), epochs in order, and labels (N,)."""
    right = np.asarray(predicted) == np.asarray(labels)[None]
    epochs = len(right)
    if not epochs:
        never = np.full(right.shape[1], -1, dtype=np.int64)
        return Learning(never, never.copy(), np.zeros_like(never))
    first = np.where(right.any(axis=0), right.argmax(axis=0), -1)
    wrong_from_end = (~right[::-1]).argmax(axis=0)  # 0 where the last answer is wrong
    since = np.where(right.all(axis=0), 0, np.where(right[-1], epochs - wrong_from_end, -1))
    forgotten = (right[:-1] & ~right[1:]).sum(axis=0)
    return Learning(first.astype(np.int64), since.astype(np.int64), forgotten.astype(np.int64))


def in_words(about: Learning, image: int, epochs: Sequence[int]) -> str:
    """One image's history in a sentence; `epochs` are the numbers of the rows."""
    if not len(epochs):
        return "No epoch was kept."
    first, since = int(about.first[image]), int(about.since[image])
    lost = int(about.forgotten[image])
    if first < 0:
        return f"Never right in {len(epochs)} epochs."
    times = {0: "never forgotten", 1: "forgotten once", 2: "forgotten twice"}
    said = f"First right after epoch {epochs[first]}, {times.get(lost, f'forgotten {lost} times')}"
    if since < 0:
        return f"{said}; wrong after the last one."
    return f"{said}." if not lost else f"{said}; right for good since epoch {epochs[since]}."
