"""CIFAR-10 in its original form; torchvision knows the format and the checksums."""

import numpy as np
import torch
from torchvision.datasets import CIFAR10

from core.data import download as archive
from core.data.image_set import ImageSet
from core.data.statistics import mean_and_std
from core.progress import Progress, silent


def load(
    progress: Progress = silent, *, download: bool = False, dataset: type[CIFAR10] = CIFAR10
) -> ImageSet:
    """All 60,000 images. `dataset` says which files are the right ones; tests hand in another.

    Raises:
        LabError: they are not there and `download` is False, or cannot be fetched or stored.
    """
    place = archive.folder()
    notes = archive.provide(place, recipe(dataset), progress, download=download)
    progress(0.95, "reading")
    halves = []
    for train in (True, False):
        half = dataset(root=place, train=train)
        images = torch.from_numpy(np.ascontiguousarray(half.data.transpose(0, 3, 1, 2)))
        halves.append((images, torch.tensor(half.targets)))
    (train_images, train_labels), (test_images, test_labels) = halves
    mean, std = mean_and_std(train_images)
    return ImageSet(
        "cifar10",
        "CIFAR-10",
        train_images,
        train_labels,
        test_images,
        test_labels,
        tuple(half.classes),
        mean,
        std,
        tuple(notes),
    )


def recipe(dataset: type[CIFAR10]) -> archive.Recipe:
    """What torchvision knows of the archive."""
    batches = [*dataset.train_list, *dataset.test_list]
    members = [(str(name), str(md5)) for name, md5 in batches]
    members.append((dataset.meta["filename"], dataset.meta["md5"]))
    return archive.Recipe(dataset.url, dataset.tgz_md5, tuple(members))
