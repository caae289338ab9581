"""The training loop. Synchronous; it knows no thread, no disk and no page.

What an epoch does depends on the run's seed and the epoch's number alone: the global generators of
torch, NumPy and Python are seeded anew at the start of each, so that a run resumed from a
checkpoint does what the uninterrupted one would have done. (Keeping their states in the checkpoint
would not reach that: other threads of a server draw from the same generators.) For the same reason
nothing else in the lab may draw from torch's global generator.
"""

import hashlib
import math
from collections.abc import Callable

from core.checkpoint import Checkpoint
from core.config.run_config import RunConfig
from core.data.sources import catalogue
from core.device import describe
from core.errors import LabError
from core.events import Ended, EpochEnded, EpochMetrics, Event, Preparing, Started
from core.training import compilation, failures, hold_out
from core.training.epoch import Stopped, train_epoch
from core.training.evaluation import Evaluator
from core.training.learner import seed_everything
from core.training.setup import Load, Setup, set_up

OnEvent = Callable[[Event], None]


def fit(
    config: RunConfig,
    on_event: OnEvent,
    should_stop: Callable[[], bool],
    *,
    load: Load = catalogue.load,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Train as `config` says and tell `on_event` everything; return when done or stopped.

    `should_stop` is asked before every step (it may also wait, that is how a run is paused: its
    waiting is not counted as training time). `load(source, progress)` gives the images.
    `checkpoint` continues an earlier run of the same config. Raises LabError for what the user can
    put right: data that is not there, a loss that is not finite, memory that does not suffice.
    """

    def preparing(fraction: float, message: str) -> None:
        on_event(Preparing(message, fraction))

    with set_up(config, load, preparing, fresh=checkpoint is None) as setup:
        if checkpoint is not None:
            setup.learner.load(checkpoint)
        first = 1 if checkpoint is None else checkpoint.epoch + 1
        note = compilation.compile_if_asked(
            setup.learner, config.training, setup.images.train_images.shape[-1], first, preparing
        )
        on_event(_started(setup, first, note))
        try:
            message = _epochs(setup, first, checkpoint, on_event, should_stop)
        except Stopped:
            on_event(Ended(finished=False))
        else:
            on_event(Ended(finished=True, message=message))


def _epochs(
    setup: Setup,
    first: int,
    checkpoint: Checkpoint | None,
    on_event: OnEvent,
    should_stop: Callable[[], bool],
) -> str:
    """All epochs from `first` on; why they ended before the last of them, or ""."""
    training, learner = setup.config.training, setup.learner
    best_accuracy = -1.0 if checkpoint is None else checkpoint.best_accuracy
    losses: tuple[float, ...] = () if checkpoint is None else checkpoint.losses
    evaluator = Evaluator(learner, setup.images, training, on_event, should_stop)
    for epoch in range(first, training.epochs + 1):
        seed_everything(_epoch_seed(training.seed, epoch))
        trained = train_epoch(setup, epoch, losses, on_event, should_stop)
        losses = (*losses, trained["train_loss"])
        evaluation = evaluator.evaluate(epoch)
        metrics = EpochMetrics(epoch=epoch, **trained, **evaluation.figures)
        if not math.isfinite(metrics.test_loss):  # the very last step broke it
            step, rate = epoch * len(setup.batches), metrics.learning_rate
            raise LabError(failures.not_finite(metrics.test_loss, step, epoch, rate))
        on_event(
            EpochEnded(
                metrics=metrics,
                best=metrics.test_accuracy > best_accuracy,
                probabilities=evaluation.probabilities,
                labels=setup.images.test_labels,
                losses=losses,
                **learner.state(),
            )
        )
        best_accuracy = max(best_accuracy, metrics.test_accuracy)
        if evaluation.reached:
            return evaluation.reached
    return ""


def _started(setup: Setup, first_epoch: int, note: str) -> Started:
    images, batches, learner = setup.images, setup.batches, setup.learner
    return Started(
        device=learner.device.type,
        device_title=describe(learner.device),
        engine=batches.engine,
        note=" ".join(filter(None, (batches.note, learner.note, note, *images.notes))),
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
        evaluated=hold_out.EVALUATED if setup.config.training.hold_out else "test images",
    )


def _epoch_seed(seed: int, epoch: int) -> int:
    """Unrelated seeds for neighboring epochs and runs (seed + epoch would repeat between runs)."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{epoch}".encode()).digest()[:7], "big")
