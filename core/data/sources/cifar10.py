"""CIFAR-10 in its original form; torchvision knows the format and the checksums."""

from typing import TYPE_CHECKING

from core.data.archive import Archive
from core.data.image_set import ImageSet
from core.data.record import DataSetRecord
from core.progress import Progress, silent

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10

ARCHIVE = Archive(
    data_set="cifar10",
    title="CIFAR-10",
    filename="cifar-10-python.tar.gz",
    unpacked="cifar-10-batches-py",
    megabytes=170,
    room=360,
    mirror="CIFAR10_LAB_MIRROR",
)


def load(
    progress: Progress = silent,
    *,
    download: bool = False,
    dataset: "type[CIFAR10] | None" = None,
) -> ImageSet:
    """All 60,000 images. `dataset` says which files are the right ones; tests hand in another.

    Raises:
        LabError: they are not there and `download` is False, or cannot be fetched or stored.
    """
    import numpy as np
    import torch
    from torchvision.datasets import CIFAR10

    from core.data.statistics import mean_and_std

    known = dataset or CIFAR10
    notes = ARCHIVE.provide(known, progress, download=download)
    progress(0.95, "reading")
    train, test = (known(root=ARCHIVE.folder, train=half) for half in (True, False))
    train_images, test_images = (
        torch.from_numpy(np.ascontiguousarray(half.data.transpose(0, 3, 1, 2)))
        for half in (train, test)
    )
    mean, std = mean_and_std(train_images)
    return ImageSet(
        source=RECORD.name,
        title=RECORD.title,
        train_images=train_images,
        train_labels=torch.tensor(train.targets),
        test_images=test_images,
        test_labels=torch.tensor(test.targets),
        class_names=tuple(train.classes),
        mean=mean,
        std=std,
        notes=notes,
    )


def _ready() -> bool:
    return ARCHIVE.is_unpacked() or ARCHIVE.is_fetched()


def _detail() -> str:
    if ARCHIVE.is_unpacked():
        return RECORD.summary
    if ARCHIVE.is_fetched():
        return "60,000 photos, still to be unpacked"
    return f"60,000 photos, a download of {ARCHIVE.megabytes} MB"


RECORD = DataSetRecord(
    name="cifar10",
    title="CIFAR-10",
    label="CIFAR-10",
    license="none stated",
    content="photos",
    images=60_000,
    classes=10,
    load=load,
    ready=_ready,
    detail=_detail,
    download_megabytes=ARCHIVE.megabytes,
    priority=100,
)
