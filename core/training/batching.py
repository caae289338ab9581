"""The batches that a run's settings ask for."""

import torch

from core.augment.engine.loader import Batches
from core.config.run_config import RunConfig
from core.data.image_set import ImageSet


def batches_of(
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
