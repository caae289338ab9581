"""The albumentations engine: the library itself, image by image, here or in worker processes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.augment.engine.library import applied_params, compose, forget, step
from core.augment.engine.protocol import Seed, Stage
from core.augment.engine.worker import Job, augment
from core.augment.engine.worker_pool import Workers
from core.augment.functional import color
from core.augment.policy import Policy
from core.augment.types import RGB, Values


class AlbumentationsEngine:
    """See core/augment/engine/protocol.py.

    `workers`: processes, started when first needed; 0 works in the caller's thread. Raises LabError
    for a policy that albumentations refuses.
    """

    def __init__(
        self, policy: Policy, mean: RGB, std: RGB, device: torch.device, workers: int
    ) -> None:
        self.reads_from = torch.device("cpu")
        self._device, self._count = device, workers
        self._policy, self._mean, self._std = policy, mean, std
        self._compose = compose(policy, mean, std)  # refused here, not in a process
        self.workers: Workers | None = None

    def batches(
        self, images: Tensor, jobs: Iterable[tuple[NDArray[np.int64], Seed]]
    ) -> Iterator[Tensor]:
        sent = (Job(_pixels(images[torch.from_numpy(rows)]), seed) for rows, seed in jobs)
        for made in self._map(sent):
            batch = torch.from_numpy(made).to(self._device).permute(0, 3, 1, 2)
            batch = batch.to(torch.float32, memory_format=torch.contiguous_format)
            if not self._policy.normalizes:
                color.normalize(batch, self._mean, self._std)
            yield batch

    def _map(self, jobs: Iterator[Job]) -> Iterator[NDArray[np.generic]]:
        if self._count == 0:
            return (augment(self._compose, job.images, job.seed) for job in jobs)
        if self.workers is None:
            self.workers = Workers(self._count, self._policy, self._mean, self._std)
        return self.workers.map(jobs)

    def stages(self, images: Tensor, seed: Callable[[int, int], Seed]) -> Iterator[Stage]:
        now: list[NDArray[Any]] = list(_pixels(images.cpu()))
        for place, transform in enumerate(self._policy.image_steps):
            made = step(transform, self._mean, self._std)
            values: list[Values | None] = []
            for index, before in enumerate(now):
                forget(made)
                [now[index]] = augment(made, before[None], seed(place, index))
                params = applied_params(made)
                read = transform.record.from_albumentations
                values.append(read(params, before) if params else None)
            stacked = torch.from_numpy(np.stack(now)).permute(0, 3, 1, 2)
            yield Stage(stacked.to(torch.float32), values)

    def close(self) -> None:
        if self.workers is not None:
            self.workers.close()
            self.workers = None


def _pixels(images: Tensor) -> NDArray[Any]:
    """(N, 3, H, W) as (N, H, W, 3)."""
    return images.permute(0, 2, 3, 1).contiguous().numpy()
