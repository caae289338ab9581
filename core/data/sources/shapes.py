"""Shapes drawn by the lab, for when there are no photos: drawn once, then read from a cache."""

import contextlib

from core.data.image_set import ImageSet
from core.data.record import DataSetRecord
from core.progress import Progress, silent

TRAIN, TEST, SEED = 10_000, 2_000, 0
_TENSORS = ("train_images", "train_labels", "test_images", "test_labels")


def load(progress: Progress = silent, *, download: bool = False) -> ImageSet:
    """10,000 training and 2,000 test images, the same every time; `download` is not needed."""
    from core.data import cache, shape_drawing

    place = cache.path(RECORD.name)
    fingerprint = f"{shape_drawing.VERSION}-{TRAIN}-{TEST}-{SEED}"
    stored = cache.read(place, fingerprint)
    if stored is not None:
        return shape_drawing.image_set(stored[0])
    made = shape_drawing.make(TRAIN, TEST, SEED, progress)
    tensors = {name: getattr(made, name) for name in _TENSORS}
    with contextlib.suppress(OSError):  # drawing again takes seconds: not worth a word to the user
        cache.write(place, fingerprint, tensors, {})
    return made


RECORD = DataSetRecord(
    name="shapes",
    title="Shapes",
    label="Shapes (drawn by the lab)",
    license="MIT",
    content="drawings",
    images=TRAIN + TEST,
    classes=10,
    load=load,
    synthetic=True,
    priority=0,
)
