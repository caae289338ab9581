"""Training images that are set aside, and the few on which a network is looked at.

Both are drawn once and for all runs alike: two runs that are to be compared must be evaluated
on the same images.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from core.data.image_set import ImageSet
from core.errors import LabError

EVALUATED = "held-out training images"
SAMPLE = 2000
_HELD_OUT, _SAMPLED = 20_261, 20_262  # seeds, and no run's


def set_aside(images: ImageSet, count: int) -> ImageSet:
    """`images` with `count` of its training images in the place of the test images.

    Each class gives its share. Mean and deviation remain those of all training images: they are
    the data set's. Raises LabError where more than half of the training images would go.
    """
    total = len(images.train_labels)
    if count > total // 2:
        raise LabError(
            f"{count:,} images cannot be held out of {total:,} training images; "
            f"hold out at most {total // 2:,}, or 0 for none."
        )
    aside = chosen(images.train_labels, count, _HELD_OUT)
    kept = torch.ones(total, dtype=torch.bool)
    kept[aside] = False
    return replace(
        images,
        train_images=images.train_images[kept],
        train_labels=images.train_labels[kept],
        test_images=images.train_images[aside],
        test_labels=images.train_labels[aside],
    )


def sample(images: ImageSet) -> tuple[Tensor, Tensor]:
    """2,000 training images, uint8 (N, 3, H, W), and their labels; all where there are fewer."""
    rows = chosen(images.train_labels, min(SAMPLE, len(images.train_labels)), _SAMPLED)
    return images.train_images[rows], images.train_labels[rows]


def chosen(labels: Tensor, count: int, seed: int) -> Tensor:
    """`count` rows in ascending order, each class in its share as far as whole images allow."""
    classes = [np.flatnonzero(labels.numpy() == kind) for kind in np.unique(labels.numpy())]
    shares = np.array([count * len(rows) / len(labels) for rows in classes])
    taken = np.floor(shares).astype(int)
    largest_rest = np.argsort(taken - shares, kind="stable")
    taken[largest_rest[: count - taken.sum()]] += 1
    rng = np.random.default_rng(seed)
    picked = [rng.permutation(rows)[:n] for rows, n in zip(classes, taken, strict=True)]
    return torch.from_numpy(np.sort(np.concatenate(picked)))
