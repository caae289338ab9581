"""What a training needs before its first step, for the loop, the range test and the forecast."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import torch

from core.augment.engine.loader import Batches
from core.config.run_config import RunConfig
from core.data.image_set import ImageSet
from core.device import pick
from core.progress import Progress, silent
from core.training import failures, hold_out
from core.training.learner import Learner, make_learner

Load = Callable[..., ImageSet]  # (source, progress) to images


@dataclass(frozen=True)
class Setup:
    """Images (held-out ones in the test images' place where asked for), batches and learner."""

    config: RunConfig
    images: ImageSet
    batches: Batches
    learner: Learner


@contextmanager
def set_up(
    config: RunConfig,
    load: Load,
    progress: Progress = silent,
    *,
    fresh: bool = True,
    whole_batches: bool = False,
) -> Iterator[Setup]:
    """Inside, all that `config` asks for is ready; afterwards its threads and processes have ended.

    `fresh`: the weights will not be replaced by a checkpoint's. `whole_batches` leaves out a last
    batch that is smaller than the others, where there are others. Raises LabError for what the
    user can put right: a device or data that is not there, memory that does not suffice.
    """
    training = config.training
    device = pick(training.device)
    with failures.memory_watched(training.batch_size) as watch:
        images = load(config.data, progress)
        if training.hold_out:
            images = hold_out.set_aside(images, training.hold_out)
        whole_batches &= len(images.train_labels) >= training.batch_size
        with make_batches(config, images, device, drop_last=whole_batches) as batches:
            watch.learner = make_learner(config, images, device, fresh)
            with closing(watch.learner) as learner:
                yield Setup(config, images, batches, learner)


def make_batches(
    config: RunConfig, images: ImageSet, device: torch.device, *, drop_last: bool = False
) -> Batches:
    """Batches of the training images of `images`, on `device`; raises LabError as Batches does."""
    training = config.training
    return Batches(
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
        drop_last=drop_last,
    )
