"""What a policy does to a data set as a whole: mean, standard deviation, spread of pixel values."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.augment.engine.loader import Batches
from core.augment.policy import Policy
from core.augment.preview import as_seen
from core.augment.types import RGB

BINS = 32  # of the histograms, over 0 to 255


@dataclass(frozen=True, eq=False)
class Effect:
    """Before and after, per channel, on `count` images.

    `mean_before`, `std_before`, `mean_after`, `std_after`: from 0 to 1, in the terms of the image
    before normalization. `normalized_mean`, `normalized_std`: of what the network is given, which
    without augmentation is 0 and 1. `histogram_before`, `histogram_after`: float (3, BINS), shares
    that add to 1 in each channel.
    """

    count: int
    mean_before: RGB
    std_before: RGB
    mean_after: RGB
    std_after: RGB
    normalized_mean: RGB
    normalized_std: RGB
    histogram_before: NDArray[np.float64]
    histogram_after: NDArray[np.float64]


def measure(
    policy: Policy, images: Tensor, mean: RGB, std: RGB, seed: int = 0, largest: int = 2000
) -> Effect:
    """Measured on at most `largest` of the uint8 `images` (N, 3, H, W), evenly taken.

    MixUp and CutMix are left out: they change neither mean nor order. `mean` and `std` are the data
    set's, from 0 to 1.
    """
    step = max(len(images) // largest, 1)
    chosen = images[::step][:largest]
    alone = Policy(policy.image_steps)
    batches = Batches(
        alone, chosen, torch.zeros(len(chosen), dtype=torch.int64), mean=mean, std=std, classes=1,
        batch_size=256, device=torch.device("cpu"), seed=seed, shuffle=False,
    )  # fmt: skip
    made = torch.cat([part for part, _ in batches.epoch(0)])
    levels = as_seen(made, alone, mean, std)
    return Effect(
        len(chosen),
        *_mean_and_std(chosen.to(torch.float32) / 255),
        *_mean_and_std(levels.to(torch.float32) / 255),
        *_mean_and_std(made),
        _histogram(chosen),
        _histogram(levels),
    )


def _mean_and_std(values: Tensor) -> tuple[RGB, RGB]:
    std, mean = torch.std_mean(values, dim=(0, 2, 3), correction=0)
    return _triple(mean), _triple(std)


def _triple(values: Tensor) -> RGB:
    red, green, blue = values.tolist()
    return red, green, blue


def _histogram(images: Tensor) -> NDArray[np.float64]:
    made = []
    for channel in range(3):
        counts = torch.bincount(images[:, channel].flatten().to(torch.int64), minlength=256)
        made.append(counts.view(BINS, -1).sum(1).to(torch.float64) / counts.sum())
    return torch.stack(made).numpy()
