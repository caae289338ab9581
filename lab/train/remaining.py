"""How much of a run is left, from the pace of its own steps. No Streamlit in here."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from core.config.run_config import TrainingConfig
from core.training import progressive_resizing

Rows = Sequence[dict[str, Any]]
FULL_SIZE = 32  # pixels, of the images that the smaller ones of the first epochs are measured by


def seconds_left(
    training: TrainingConfig, steps_per_epoch: int, steps: Rows, epochs: Rows
) -> float | None:
    """Seconds of training and evaluation to come; None before two rows of `steps`.

    What counts is the time that the steps took, which each row tells as images per second: a pause,
    or a wait in the queue of a run that is resumed, is no part of it.
    """
    if len(steps) < 2:
        return None
    spent = 0.0
    for before, row in pairwise(steps):
        images = training.batch_size * (row["step"] - before["step"])
        spent += images / row["images_per_second"]
    done = _work(training, steps_per_epoch, steps[0]["step"], steps[-1]["step"])
    last = training.epochs * steps_per_epoch
    to_come = _work(training, steps_per_epoch, steps[-1]["step"], last)
    tests: list[float] = [row["test_seconds"] for row in epochs]
    each = sum(tests) / len(tests) if tests else 0.0
    return to_come * spent / max(done, 1e-9) + (training.epochs - len(epochs)) * each


def _work(training: TrainingConfig, steps_per_epoch: int, first: int, last: int) -> float:
    """What the steps after `first` up to `last` cost, in steps on images of full size."""
    start = training.initial_image_size
    if not start:
        return float(last - first)
    total = 0.0
    for epoch in range(1, training.epochs + 1):
        begins, ends = (epoch - 1) * steps_per_epoch, epoch * steps_per_epoch
        steps = max(min(last, ends) - max(first, begins), 0)
        size = progressive_resizing.image_size(start, FULL_SIZE, epoch, training.epochs)
        total += steps * (size / FULL_SIZE) ** 2
    return total
