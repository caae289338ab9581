"""What an engine does, whichever it is. Imports no torch."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from core.augment.types import Values

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Seed = tuple[int, ...]


class Stage(NamedTuple):
    """`images`: float32 (N, 3, H, W) after one transform. `values`: for each image what was sampled
    for it (without a batch axis), None where the transform skipped it."""

    images: "Tensor"
    values: "list[Values | None]"


class Engine(Protocol):
    """What carries one policy out for one data set."""

    reads_from: "torch.device"  # where it wants the images to lie

    def batches(
        self, images: "Tensor", jobs: Iterable[tuple[NDArray[np.int64], Seed]]
    ) -> "Iterator[Tensor]":
        """float32 (B, 3, H, W), normalized, on the device: for each of `jobs` these rows of the
        uint8 `images` (N, 3, H, W), augmented. What is sampled depends on the seed and B alone."""
        ...

    def stages(self, images: "Tensor", seed: Callable[[int, int], Seed]) -> Iterator[Stage]:
        """uint8 `images` (N, 3, H, W) after each of the policy's own transforms; `seed` gives that
        of a transform (its place in the policy) for an image (its place among these)."""
        ...

    def close(self) -> None:
        """End what was started for it; further batches start it anew."""
        ...
