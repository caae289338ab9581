"""One epoch after another of augmented, normalized batches, by either engine.

What an epoch yields depends on (seed, epoch, engine) alone: not on the device's random numbers,
not on the number of workers, not on what was sampled before. torch's global generator is not used.
"""

from collections.abc import Generator, Iterator
from types import TracebackType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.augment.engine.catalogue import choose_engine, make_engine
from core.augment.engine.mixing import mix
from core.augment.policy import Policy
from core.augment.types import RGB

_ORDER, _PIXELS, _MIX = range(3)  # streams of random numbers that an epoch is made from


class Batches:
    """Batches for training.

    `images`: uint8 (N, 3, H, W); `labels`: int64 (N,), below `classes`. `mean`, `std`: of the data
    set, per channel, from 0 to 1. `engine`: auto, batched or albumentations; auto is batched
    wherever the policy has a batched form. `workers`: processes of the albumentations engine; 0
    works in the caller's thread. `shuffle`: a new order each epoch. `drop_last`: leave out a last
    batch that is smaller than the others.

    `engine` and `note` then tell which engine is used and, where it is not the one asked for, why.
    Raises LabError for a policy that albumentations refuses or an unknown engine.
    """

    def __init__(
        self,
        policy: Policy,
        images: Tensor,
        labels: Tensor,
        *,
        mean: RGB,
        std: RGB,
        classes: int,
        batch_size: int,
        device: torch.device,
        seed: int,
        engine: str = "auto",
        workers: int = 0,
        shuffle: bool = True,
        drop_last: bool = False,
    ) -> None:
        self.engine, self.note = choose_engine(policy, engine)
        self._policy, self._classes = policy, classes
        self._batch_size, self._seed = batch_size, seed
        self._shuffle, self._drop_last = shuffle, drop_last
        self._device = torch.device(device)
        self._count = len(images)
        self._labels = labels.to(self._device)
        self._engine = make_engine(self.engine, policy, mean, std, self._device, workers)
        self._images = images.to(self._engine.reads_from)

    def __len__(self) -> int:
        """Steps an epoch."""
        whole, rest = divmod(self._count, self._batch_size)
        return whole + bool(rest and not self._drop_last)

    def epoch(self, number: int) -> Generator[tuple[Tensor, Tensor], None, None]:
        """The batches of epoch `number`, on the device.

        Images are float32 (B, 3, H, W), normalized; targets int64 (B,), or float32 (B, classes) if
        the policy mixes images. Closing the iterator early ends its worker processes.
        """
        order = self._order(number)
        jobs = ((rows, (self._seed, number, _PIXELS, step)) for step, rows in self._slices(order))
        try:
            for step, images in enumerate(self._engine.batches(self._images, jobs)):
                rows = torch.from_numpy(order[step * self._batch_size :][: len(images)])
                labels = self._labels.index_select(0, rows.to(self._device, non_blocking=True))
                yield self._mixed(number, step, images, labels)
        except BaseException:  # closed early, or failed
            self.close()
            raise

    def close(self) -> None:
        """End the worker processes, if any; a further epoch starts new ones."""
        self._engine.close()

    def __enter__(self) -> "Batches":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_engine"):  # a policy that was refused has none
            self.close()

    def _order(self, number: int) -> NDArray[np.int64]:
        if not self._shuffle:
            return np.arange(self._count)
        return self._rng(number, _ORDER).permutation(self._count)

    def _rng(self, number: int, stream: int, step: int = 0) -> np.random.Generator:
        return np.random.default_rng((self._seed, number, stream, step))

    def _slices(self, order: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
        for step in range(len(self)):
            yield step, order[step * self._batch_size : (step + 1) * self._batch_size]

    def _mixed(
        self, number: int, step: int, images: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        if not self._policy.mixes:
            return images, labels
        shares = functional.one_hot(labels, self._classes).to(torch.float32)
        return mix(self._policy, images, shares, self._rng(number, _MIX, step))
