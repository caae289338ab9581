"""The one shape in which every source hands over its images."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Training and test images of one data set, in memory.

    `train_images`, `test_images`: uint8 (N, 3, 32, 32), RGB. `train_labels`, `test_labels`: int64
    (N,), indices into `class_names`. `mean`, `std`: per channel, of the training images scaled to
    [0, 1]. `source` is the name that was asked for (a data set's name or a folder);
    `title` is what a page calls it; `notes` are sentences that the user must read (images that
    were resized, say).
    """

    source: str
    title: str
    train_images: "Tensor"
    train_labels: "Tensor"
    test_images: "Tensor"
    test_labels: "Tensor"
    class_names: tuple[str, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    notes: tuple[str, ...] = ()

    @cached_property
    def test_checksum(self) -> str:
        """Of the test images, their labels and the class names; 16 hex digits."""
        digest = hashlib.blake2b(digest_size=8)
        digest.update(repr(self.class_names).encode())
        digest.update(self.test_labels.numpy().tobytes())
        digest.update(self.test_images.contiguous().numpy().data)
        return digest.hexdigest()
