"""How long a run will take on this machine, from a few timed steps before it begins.

Nothing here may run beside a training in the same process: both draw from torch's numbers.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from core.config.run_config import RunConfig
from core.config.training_config import TrainingConfig
from core.data.image_set import ImageSet
from core.predictions import predict
from core.training import hold_out
from core.training.evaluation import BATCH
from core.training.progressive_resizing import image_size, resized
from core.training.setup import Setup, set_up

STEPS, WARM_UP = 10, 3  # timed at each size of the images, and before
_KEPT = 64  # measurements that a process remembers
# Settings that the time of a step does not hang on, and those of which only whether they are on.
_FREE = (
    "epochs", "learning_rate", "bias_lr_scale", "momentum", "weight_decay", "schedule", "seed",
    "label_smoothing", "hold_out", "target_accuracy", "initial_image_size",
)  # fmt: skip
_ON_OR_OFF = ("ema_decay", "gradient_clip")


@dataclass(frozen=True)
class Speed:
    """Seconds of a step of training at each size of the images, and of evaluating one image."""

    step: Mapping[int, float]
    evaluation: float

    def seconds(self, training: TrainingConfig, images: ImageSet) -> float:
        """A whole run's, without what comes before its first step."""
        train, test = len(images.train_labels), len(images.test_labels)
        if training.hold_out:
            train, test = train - training.hold_out, training.hold_out
        steps = -(-train // training.batch_size)
        trained = sum(self.step[size] for size in sizes(training, _full(images))) * steps
        looked_at = test * (2 if training.ema_decay else 1) + min(hold_out.SAMPLE, train)
        return trained + self.evaluation * (looked_at * training.epochs + test)


def sizes(training: TrainingConfig, full: int) -> list[int]:
    """Pixels a side of the images in each epoch; `full`: of the data set's."""
    return [
        image_size(training.initial_image_size, full, epoch, training.epochs)
        for epoch in range(1, training.epochs + 1)
    ]


def _full(images: ImageSet) -> int:
    return images.train_images.shape[-1]


class Forecasts:
    """Measures what was not measured yet; one at a time, for a second one would slow the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._speeds: dict[object, Speed] = {}

    def seconds(
        self,
        config: RunConfig,
        images: ImageSet,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> float | None:
        """What a run of `config` on `images` takes; None where it was stopped while measuring.

        Takes a few seconds where no run of the same costs was measured before. What is compiled is
        measured as it is written. Raises LabError as `fit` does.
        """
        needed = sorted(set(sizes(config.training, _full(images))))
        key = self._key(config, images)
        with self._lock:
            known = self._speeds.get(key)
            if known is None or not set(needed) <= set(known.step):
                found = measure(config, images, needed, should_stop)
                if found is None:
                    return None
                step = {**found.step, **known.step} if known else found.step
                known = Speed(step, found.evaluation)
                while len(self._speeds) >= _KEPT:
                    self._speeds.pop(next(iter(self._speeds)))
                self._speeds[key] = known
        return known.seconds(config.training, images)

    def knows(self, config: RunConfig, images: ImageSet) -> bool:
        """Whether nothing need be measured for it."""
        known = self._speeds.get(self._key(config, images))
        return known is not None and set(sizes(config.training, _full(images))) <= set(known.step)

    @staticmethod
    def _key(config: RunConfig, images: ImageSet) -> object:
        cost = [
            bool(value) if name in _ON_OR_OFF else value
            for name, value in asdict(config.training).items()
            if name not in _FREE
        ]
        return repr((config.network, config.policy, cost)), images.train_images.shape[1:]


def measure(
    config: RunConfig,
    images: ImageSet,
    needed: Sequence[int],
    should_stop: Callable[[], bool] = lambda: False,
) -> Speed | None:
    """Time a few steps at each of the sizes, and the evaluation of a few hundred images."""
    config = replace(config, training=replace(config.training, hold_out=0))
    with set_up(config, lambda *_: images, fresh=False, whole_batches=True) as setup:
        setup.learner.model.train()
        batches = _batches(setup)
        step = {}
        for size in needed:
            times = []
            for number in range(WARM_UP + STEPS):
                if should_stop():
                    return None
                began = time.perf_counter()
                inputs, targets = next(batches)
                setup.learner.step(resized(inputs, size), targets, number + 1, 1e-6).tolist()
                times.append(time.perf_counter() - began)
            step[size] = median(times[WARM_UP:])
        batches.close()
        return Speed(step, _evaluation(setup))


def _batches(setup: Setup) -> Any:
    """Batch after batch, epoch after epoch."""
    epoch = 0
    while True:
        epoch += 1
        yield from setup.batches.epoch(epoch)


def _evaluation(setup: Setup) -> float:
    """Seconds an image."""
    images, learner = setup.images, setup.learner
    learner.model.eval()
    few = images.test_images[: 2 * BATCH].to(learner.device)
    for timed in (False, True):
        began = time.perf_counter()
        looked_at = few if timed else few[:BATCH]
        predict(learner.model, looked_at, images.mean, images.std, learner.device, BATCH)
    return (time.perf_counter() - began) / len(few)
