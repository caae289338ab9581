"""Whether confidence matches accuracy: the reliability diagram and its one number."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Images by confidence, in bins of equal width; arrays are (bins,).

    `edges`: (bins + 1,), 0 to 1; a bin holds its upper edge, and the first one 0 too. `images`:
    how many. `confidence`, `accuracy`: their means, 0 to 1, NaN in an empty bin.
    """

    edges: Floats
    images: NDArray[np.int64]
    confidence: Floats
    accuracy: Floats

    @property
    def error(self) -> float:
        """Expected calibration error, 0 to 1: the gap of each bin, weighed by its images."""
        gaps = np.nan_to_num(np.abs(self.accuracy - self.confidence))
        return float((gaps * self.images).sum() / max(int(self.images.sum()), 1))

    @property
    def worst(self) -> float:
        """Maximum calibration error, 0 to 1: the largest gap of a bin that holds images."""
        return float(np.nan_to_num(np.abs(self.accuracy - self.confidence)).max(initial=0))


def calibrate(confidence: ArrayLike, correct: ArrayLike, bins: int = BINS) -> Calibration:
    """Sort predictions by `confidence` (N,), 0 to 1; `correct` (N,) is whether each one was.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599, equations 3, 5.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    hit = np.asarray(correct, dtype=np.float64)
    if sure.shape != hit.shape or sure.ndim != 1:
        raise ValueError(f"confidence {sure.shape} and correct {hit.shape} must be (N,) both")
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, bins - 1)
    images = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, sure, bins) / images
        share = np.bincount(place, hit, bins) / images
    return Calibration(edges, images, mean, share)


def in_words(made: Calibration) -> str:
    """Whether the network is overconfident or underconfident, on the whole."""
    total = max(int(made.images.sum()), 1)
    mean = float((np.nan_to_num(made.confidence) * made.images).sum()) / total
    share = float((np.nan_to_num(made.accuracy) * made.images).sum()) / total
    gap = 100 * (mean - share)
    figures = f"mean confidence {100 * mean:.1f}%, accuracy {100 * share:.1f}%"
    if abs(gap) < 1:
        return f"Well calibrated on average: {figures}."
    return f"{'Overconfident' if gap > 0 else 'Underconfident'}: {figures}."
