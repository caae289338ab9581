"""The training loop. Synchronous; it knows no thread, no disk and no page.

What an epoch does depends on the run's seed and the epoch's number alone: the global generators of
torch, NumPy and Python are seeded anew at the start of each, so that a run resumed from a
checkpoint does what the uninterrupted one would have done. (Keeping their states in the checkpoint
would not reach that: other threads of a server draw from the same generators.) For the same reason
nothing else in the lab may draw from torch's global generator.
"""

import hashlib
import math
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import torch
from torch import Tensor

from core.augment.engine.loader import Batches
from core.checkpoint import Checkpoint
from core.config.run_config import RunConfig
from core.data.image_set import ImageSet
from core.data.sources import catalogue
from core.device import describe, pick
from core.errors import LabError
from core.events import (
    Ended,
    EpochEnded,
    EpochMetrics,
    Event,
    Preparing,
    Started,
    Stepped,
)
from core.optim.lr_schedules import SCHEDULES
from core.training import (
    compilation,
    failures,
    hold_out,
    out_of_memory,
    progressive_resizing,
)
from core.training.batching import batches_of
from core.training.evaluation import Evaluator, Stopped
from core.training.learner import Learner, make_learner, seed_everything

REPORT_SECONDS = 0.25  # between two Stepped events; reading a loss makes a GPU wait


def fit(
    config: RunConfig,
    on_event: Callable[[Event], None],
    should_stop: Callable[[], bool],
    *,
    load: Callable[..., ImageSet] = catalogue.load,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Train as `config` says and tell `on_event` everything; return when done or stopped.

    `should_stop` is asked before every step (it may also wait, that is how a run is paused: its
    waiting is not counted as training time). `load(source, progress)` gives the images.
    `checkpoint` continues an earlier run of the same config. Raises LabError for what the user can
    put right: data that is not there, a loss that is not finite, memory that does not suffice.
    """
    with out_of_memory.watched(config.training.batch_size) as watch:
        _fit(config, on_event, should_stop, load, checkpoint, watch)


def _fit(
    config: RunConfig,
    on_event: Callable[[Event], None],
    should_stop: Callable[[], bool],
    load: Callable[..., ImageSet],
    checkpoint: Checkpoint | None,
    watch: out_of_memory.Watch,
) -> None:
    training = config.training
    device = pick(training.device)
    images = load(config.data, lambda fraction, message: on_event(Preparing(message, fraction)))
    if training.hold_out:
        images = hold_out.set_aside(images, training.hold_out)
    batches = batches_of(config, images, device)
    learner = watch.learner = make_learner(config, images, device, fresh=checkpoint is None)
    first_epoch, best_accuracy = 1, -1.0
    losses: tuple[float, ...] = ()
    message = ""
    if checkpoint is not None:
        learner.load(checkpoint)
        first_epoch, best_accuracy = checkpoint.epoch + 1, checkpoint.best_accuracy
        losses = checkpoint.losses
    uncompiled = ""
    if learner.replicas is not None:
        if compilation.wanted(training.compile, device):
            uncompiled = "The network runs uncompiled, for its batches are split."
    elif compilation.wanted(training.compile, device):
        full = images.train_images.shape[-1]
        uncompiled = compilation.compile_network(
            learner,
            training.batch_size,
            [
                progressive_resizing.side(training.initial_image_size, full, epoch, training.epochs)
                for epoch in range(first_epoch, training.epochs + 1)
            ],
            lambda fraction: on_event(Preparing("Compiling the network", fraction)),
        )
    evaluator = Evaluator(learner, images, training, on_event, should_stop)

    on_event(
        Started(
            device=device.type,
            device_title=describe(device),
            engine=batches.engine,
            note=" ".join(filter(None, (batches.note, learner.note, uncompiled, *images.notes))),
            data_title=images.title,
            class_names=images.class_names,
            mean=images.mean,
            std=images.std,
            train_images=len(images.train_labels),
            test_images=len(images.test_labels),
            parameters=sum(parameter.numel() for parameter in learner.model.parameters()),
            steps_per_epoch=len(batches),
            first_epoch=first_epoch,
            precision=learner.precision.name,
            compiled=learner.forward is not learner.model,
            replicas=1 if learner.replicas is None else len(learner.replicas),
            evaluated=hold_out.EVALUATED if training.hold_out else "test images",
        )
    )
    with suppress(Stopped), batches, closing(learner):
        for epoch in range(first_epoch, training.epochs + 1):
            seed_everything(_epoch_seed(training.seed, epoch))
            trained = _train_epoch(config, learner, batches, epoch, losses, on_event, should_stop)
            losses = (*losses, trained["train_loss"])
            evaluation = evaluator.evaluate(epoch)
            test_loss = evaluation.figures["test_loss"]
            if not math.isfinite(test_loss):  # the very last step broke it
                step = epoch * len(batches)
                rate = trained["learning_rate"]
                raise LabError(failures.not_finite(test_loss, step, epoch, rate))
            metrics = EpochMetrics(epoch=epoch, **trained, **evaluation.figures)
            best = metrics.test_accuracy > best_accuracy
            best_accuracy = max(best_accuracy, metrics.test_accuracy)
            on_event(
                EpochEnded(
                    metrics=metrics,
                    best=best,
                    probabilities=evaluation.probabilities,
                    labels=images.test_labels,
                    losses=losses,
                    **learner.state(),
                )
            )
            if message := evaluation.reached:
                break
        on_event(Ended(finished=True, message=message))
        return
    on_event(Ended(finished=False))


def _epoch_seed(seed: int, epoch: int) -> int:
    """Unrelated seeds for neighboring epochs and runs (seed + epoch would repeat between runs)."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{epoch}".encode()).digest()[:7], "big")


def _train_epoch(
    config: RunConfig,
    learner: Learner,
    batches: Batches,
    epoch: int,
    losses: tuple[float, ...],
    on_event: Callable[[Event], None],
    should_stop: Callable[[], bool],
) -> dict[str, Any]:
    """One pass over the training images; returns the training part of EpochMetrics."""
    training = config.training
    factor = SCHEDULES[training.schedule].factor
    steps = len(batches)
    sums, told = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]  # loss x images, images right, gradient norm
    unread: list[tuple[Tensor, int, float]] = []  # figures on the device, images, learning rate
    seen, seen_before, waited, waited_before, rate = 0, 0, 0.0, 0.0, 0.0
    learner.model.train()
    started = reported = time.perf_counter()
    stream = batches.epoch(epoch)
    try:
        for index, (inputs, targets) in enumerate(stream):
            asked = time.perf_counter()
            if should_stop():
                raise Stopped
            waited += time.perf_counter() - asked

            step = (epoch - 1) * steps + index
            rate = training.learning_rate * factor(step / (training.epochs * steps), losses)
            side = progressive_resizing.side(
                training.initial_image_size, inputs.shape[-1], epoch, training.epochs
            )
            figures = learner.step(
                progressive_resizing.resized(inputs, side), targets, step + 1, rate
            )
            unread.append((figures, len(inputs), rate))
            seen += len(inputs)
            now = time.perf_counter()
            if now - reported >= REPORT_SECONDS or index + 1 == steps:
                _add(sums, unread, step + 1, epoch)
                unread = []
                busy = now - reported - (waited - waited_before)
                images = seen - seen_before
                on_event(
                    Stepped(
                        epoch=epoch,
                        step=step + 1,
                        loss=(sums[0] - told[0]) / images,
                        accuracy=100 * (sums[1] - told[1]) / images,
                        learning_rate=rate,
                        images_per_second=images / max(busy, 1e-9),
                    )
                )
                told, seen_before, waited_before = [*sums], seen, waited
                reported = time.perf_counter()
    finally:
        stream.close()
    seconds = max(time.perf_counter() - started - waited, 1e-9)
    return {
        "train_loss": sums[0] / seen,
        "train_accuracy": 100 * sums[1] / seen,
        "learning_rate": rate,
        "gradient_norm": sums[2] / steps,
        "seconds": seconds,
        "images_per_second": seen / seconds,
    }


def _add(sums: list[float], unread: list[tuple[Tensor, int, float]], step: int, epoch: int) -> None:
    """Read the figures of the steps up to `step`, the one time that the device is waited for.

    Added up one after another, so that the sums do not depend on when they were read.
    """
    rows = torch.stack([figures for figures, _, _ in unread]).tolist()
    first = step - len(unread) + 1
    for number, ((loss, right, norm), (_, images, rate)) in enumerate(
        zip(rows, unread, strict=True), first
    ):
        if not math.isfinite(loss):
            raise LabError(failures.not_finite(loss, number, epoch, rate))
        sums[0] += loss * images
        sums[1] += right
        sums[2] += norm
