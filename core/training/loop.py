"""The training loop. Synchronous; it knows no thread, no disk and no page.

What an epoch does depends on the run's seed and the epoch's number alone: torch's generators are
seeded anew at the start of each, so that a run resumed from a checkpoint does what the
uninterrupted one would have done. For the same reason nothing else in the lab may draw from
torch's global generator.
"""

import hashlib
import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.augment.batches import Batches
from core.config import RunConfig
from core.data import sources
from core.data.image_set import ImageSet
from core.errors import LabError
from core.networks.building import build
from core.training import trouble
from core.training.choices import OPTIMISERS, SCHEDULES
from core.training.device import describe, pick
from core.training.evaluation import Stopped, evaluate, score
from core.training.events import (
    Ended,
    EpochEnded,
    EpochMetrics,
    Event,
    Preparing,
    Started,
    Stepped,
)

REPORT_SECONDS = 0.25  # between two Stepped events; reading a loss makes a GPU wait


@dataclass(frozen=True)
class Checkpoint:
    """Where a run can go on: everything after `epoch` finished epochs."""

    epoch: int
    best_accuracy: float
    weights: Mapping[str, Tensor]
    optimiser: Mapping[str, Any]


def fit(
    config: RunConfig,
    on_event: Callable[[Event], None],
    should_stop: Callable[[], bool],
    *,
    load: Callable[..., ImageSet] = sources.load,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Train as `config` says and tell `on_event` everything; return when done or stopped.

    `should_stop` is asked before every step (it may also wait, that is how a run is paused: its
    waiting is not counted as training time). `load(source, progress)` gives the images.
    `checkpoint` continues an earlier run of the same config. Raises LabError for what the user can
    put right: data that is not there, a loss that is not finite, memory that does not suffice.
    """
    training = config.training
    device = pick(training.device)
    images = load(config.data, lambda share, doing: on_event(Preparing(doing=doing, share=share)))
    batches = Batches(
        config.policy,
        images.train_images,
        images.train_labels,
        mean=images.mean,
        std=images.std,
        classes=len(images.class_names),
        batch_size=training.batch_size,
        device=device,
        seed=training.seed,
        engine=training.engine,
        workers=training.workers,
    )
    torch.manual_seed(training.seed)
    model = build(config.network, len(images.class_names)).to(device)
    model = model.to(memory_format=torch.channels_last)
    optimiser = OPTIMISERS[training.optimiser].build(model.parameters(), training)
    first_epoch, best_accuracy = 1, -1.0
    if checkpoint is not None:
        model.load_state_dict(dict(checkpoint.weights))
        optimiser.load_state_dict(dict(checkpoint.optimiser))
        first_epoch, best_accuracy = checkpoint.epoch + 1, checkpoint.best_accuracy

    on_event(
        Started(
            device=device.type,
            device_title=describe(device),
            engine=batches.engine,
            note=" ".join(filter(None, (batches.note, *images.notes))),
            data_title=images.title,
            class_names=images.class_names,
            mean=images.mean,
            std=images.std,
            train_images=len(images.train_labels),
            test_images=len(images.test_labels),
            parameters=sum(parameter.numel() for parameter in model.parameters()),
            steps_per_epoch=len(batches),
            first_epoch=first_epoch,
        )
    )
    with suppress(Stopped), batches:
        for epoch in range(first_epoch, training.epochs + 1):
            torch.manual_seed(_epoch_seed(training.seed, epoch))
            trained = _train_epoch(config, model, optimiser, batches, epoch, on_event, should_stop)
            probabilities, test_seconds = evaluate(model, images, epoch, on_event, should_stop)
            accuracy, loss = score(probabilities, images.test_labels)
            metrics = EpochMetrics(
                epoch=epoch,
                test_loss=loss,
                test_accuracy=accuracy,
                test_seconds=test_seconds,
                **trained,
            )
            best = accuracy > best_accuracy
            best_accuracy = max(best_accuracy, accuracy)
            on_event(
                EpochEnded(
                    metrics=metrics,
                    best=best,
                    weights=model.state_dict(),
                    optimiser=optimiser.state_dict(),
                    probabilities=probabilities,
                    labels=images.test_labels,
                )
            )
        on_event(Ended(finished=True))
        return
    on_event(Ended(finished=False))


def _epoch_seed(seed: int, epoch: int) -> int:
    """Unrelated seeds for neighbouring epochs and runs (seed + epoch would repeat between runs)."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{epoch}".encode()).digest()[:7], "big")


def _train_epoch(
    config: RunConfig,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
    epoch: int,
    on_event: Callable[[Event], None],
    should_stop: Callable[[], bool],
) -> dict[str, Any]:
    """One pass over the training images; returns the training part of EpochMetrics."""
    training = config.training
    factor = SCHEDULES[training.schedule].factor
    steps = len(batches)
    clip = training.gradient_clip or float("inf")
    device = next(model.parameters()).device
    sums = torch.zeros(3, dtype=torch.float64 if device.type != "mps" else torch.float32)
    sums = sums.to(device)  # loss x images, images right, gradient norm: read only now and then
    told, seen, seen_before, waited, rate = sums.clone(), 0, 0, 0.0, 0.0
    model.train()
    started = reported = time.perf_counter()
    waited_before = 0.0
    stream = batches.epoch(epoch)
    try:
        for index, (inputs, targets) in enumerate(stream):
            asked = time.perf_counter()
            if should_stop():
                raise Stopped
            waited += time.perf_counter() - asked

            step = (epoch - 1) * steps + index
            rate = training.learning_rate * factor(step / (training.epochs * steps))
            for group in optimiser.param_groups:
                group["lr"] = rate
            try:
                logits = model(inputs.to(memory_format=torch.channels_last))
                loss = F.cross_entropy(logits, targets, label_smoothing=training.label_smoothing)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
                optimiser.step()
            except torch.OutOfMemoryError as error:
                raise LabError(trouble.out_of_memory(training.batch_size)) from error

            classes = targets if targets.ndim == 1 else targets.argmax(1)
            right = (logits.detach().argmax(1) == classes).sum()
            sums += torch.stack([loss.detach() * len(inputs), right, norm]).to(sums.dtype)
            seen += len(inputs)
            now = time.perf_counter()
            if now - reported >= REPORT_SECONDS or index + 1 == steps:
                mean_loss, share_right, _ = ((sums - told) / (seen - seen_before)).tolist()
                if not math.isfinite(mean_loss):
                    raise LabError(trouble.not_finite(mean_loss, step + 1, epoch, rate))
                busy = now - reported - (waited - waited_before)
                on_event(
                    Stepped(
                        epoch=epoch,
                        step=step + 1,
                        loss=mean_loss,
                        accuracy=100 * share_right,
                        learning_rate=rate,
                        images_per_second=(seen - seen_before) / max(busy, 1e-9),
                    )
                )
                told, seen_before, waited_before = sums.clone(), seen, waited
                reported = time.perf_counter()
    finally:
        stream.close()
    seconds = max(time.perf_counter() - started - waited, 1e-9)
    loss_sum, right_sum, norm_sum = sums.tolist()
    return {
        "train_loss": loss_sum / seen,
        "train_accuracy": 100 * right_sum / seen,
        "learning_rate": rate,
        "gradient_norm": norm_sum / steps,
        "seconds": seconds,
        "images_per_second": seen / seconds,
    }
