"""One pass over the training images, and the events that report it."""

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from core.errors import LabError
from core.events import Event, Stepped
from core.optim.lr_schedules import SCHEDULES
from core.training import failures, progressive_resizing
from core.training.setup import Setup

REPORT_SECONDS = 0.25  # between two Stepped events; reading a loss makes a GPU wait


class Stopped(Exception):
    """Somebody asked to stop."""


def train_epoch(
    setup: Setup,
    epoch: int,
    losses: tuple[float, ...],
    on_event: Callable[[Event], None],
    should_stop: Callable[[], bool],
) -> dict[str, Any]:
    """Train for one epoch (from 1); returns the training part of EpochMetrics.

    `losses`: the mean training loss of each epoch before. Raises Stopped where that is asked for.
    """
    training, learner, steps = setup.config.training, setup.learner, len(setup.batches)
    factor = SCHEDULES[training.schedule].factor
    figures = _Figures(epoch)
    rate = 0.0
    learner.model.train()
    with closing(setup.batches.epoch(epoch)) as stream:
        for index, (inputs, targets) in enumerate(stream):
            asked = time.perf_counter()
            if should_stop():
                raise Stopped
            figures.waited += time.perf_counter() - asked

            step = (epoch - 1) * steps + index
            rate = training.learning_rate * factor(step / (training.epochs * steps), losses)
            size = progressive_resizing.image_size(
                training.initial_image_size, inputs.shape[-1], epoch, training.epochs
            )
            inputs = progressive_resizing.resized(inputs, size)
            figures.add(learner.step(inputs, targets, step + 1, rate), len(inputs), rate)
            if index + 1 == steps or figures.are_due():
                on_event(figures.read(step + 1))
    seconds = figures.seconds()
    return {
        "train_loss": figures.sums[0] / figures.images,
        "train_accuracy": 100 * figures.sums[1] / figures.images,
        "learning_rate": rate,
        "gradient_norm": figures.sums[2] / steps,
        "seconds": seconds,
        "images_per_second": figures.images / seconds,
    }


@dataclass
class _Figures:
    """Sums over the epoch so far: loss times images, images right, norm of the gradient."""

    epoch: int
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    images: int = 0
    waited: float = 0.0  # seconds in which the run was paused
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        # figures on the device, images and learning rate of the steps that were not read yet
        self._unread: list[tuple[Tensor, int, float]] = []
        self._reported = (self.started, [*self.sums], 0, 0.0)  # time, sums, images, waited

    def add(self, figures: Tensor, images: int, rate: float) -> None:
        """Take in a step's figures, as Learner.step returns them, without waiting for them."""
        self._unread.append((figures, images, rate))
        self.images += images

    def are_due(self) -> bool:
        """Whether it is time to read them."""
        return time.perf_counter() - self._reported[0] >= REPORT_SECONDS

    def seconds(self) -> float:
        """Since the epoch began, without the pauses."""
        return max(time.perf_counter() - self.started - self.waited, 1e-9)

    def read(self, step: int) -> Stepped:
        """Means of the steps since the last time, up to `step`."""
        rate = self._unread[-1][2]
        self._read(step)
        before, sums, seen, waited = self._reported
        now = time.perf_counter()
        images = self.images - seen
        event = Stepped(
            epoch=self.epoch,
            step=step,
            loss=(self.sums[0] - sums[0]) / images,
            accuracy=100 * (self.sums[1] - sums[1]) / images,
            learning_rate=rate,
            images_per_second=images / max(now - before - (self.waited - waited), 1e-9),
        )
        self._reported = (now, [*self.sums], self.images, self.waited)
        return event

    def _read(self, step: int) -> None:
        """Add up the figures of the steps up to `step`, the one time that the device is waited for.

        One after another, so that the sums do not depend on when they were read.
        """
        rows = torch.stack([figures for figures, _, _ in self._unread]).tolist()
        first = step - len(self._unread) + 1
        for number, ((loss, right, norm), (_, images, rate)) in enumerate(
            zip(rows, self._unread, strict=True), first
        ):
            if not math.isfinite(loss):
                raise LabError(failures.not_finite(loss, number, self.epoch, rate))
            self.sums[0] += loss * images
            self.sums[1] += right
            self.sums[2] += norm
        self._unread = []
