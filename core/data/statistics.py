"""Numbers about a set of images: what normalization needs and what a page shows."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_BLOCK = 1024  # images handled at once, so that 50,000 of them need little extra memory


def mean_and_std(
    images: Tensor,
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Mean and standard deviation per channel of uint8 (N, 3, H, W), scaled to [0, 1].

    Over all pixels of all images, with N in the denominator. The sums are integers, hence exact:
    the order of the images makes no difference to the last digit.

    Raises:
        ValueError: the images are not uint8 (N, 3, H, W) or there are none.
    """
    if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != 3 or not len(images):
        raise ValueError(f"expected uint8 (N, 3, H, W), got {images.dtype} {tuple(images.shape)}")
    totals, squares = np.zeros((2, 3), dtype=np.int64)
    for start in range(0, len(images), _BLOCK):
        block = images[start : start + _BLOCK].numpy()
        totals += block.sum(axis=(0, 2, 3), dtype=np.int64)
        wide = block.astype(np.uint16)  # holds 255 x 255, and sums faster than wider types
        squares += (wide * wide).sum(axis=(0, 2, 3), dtype=np.int64)
    count = images.shape[0] * images.shape[2] * images.shape[3]
    mean = totals / count
    std = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return _triple(mean / 255), _triple(std / 255)


def class_counts(labels: Tensor, classes: int) -> tuple[int, ...]:
    """How many labels there are of each class; `labels` int64 (N,) in [0, classes)."""
    return tuple(torch.bincount(labels, minlength=classes).tolist())


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    red, green, blue = values.tolist()
    return red, green, blue
