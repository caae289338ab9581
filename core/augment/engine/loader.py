"""One epoch after another of augmented, normalized batches, by either engine.

What an epoch yields depends on (seed, epoch, engine) alone: not on the device's random numbers,
not on the number of workers, not on what was drawn before. torch's global generator is not used.
"""

from collections.abc import Generator, Iterator
from types import TracebackType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.augment.engine.batched import augment, image_steps
from core.augment.engine.worker import Job
from core.augment.engine.worker import augment as augment_here
from core.augment.engine.worker_pool import Workers
from core.augment.policy import Policy
from core.augment.transforms.color_operations import normalize
from core.augment.transforms.mix import mix
from core.augment.transforms.operations import without_batched_form
from core.augment.transforms.setting import Mean, Setting
from core.errors import LabError
from core.registry import unknown

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
        mean: Mean,
        std: Mean,
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
        self._policy, self._mean, self._std = policy, mean, std
        self._classes, self._batch_size, self._seed = classes, batch_size, seed
        self._shuffle, self._drop_last = shuffle, drop_last
        self._device = torch.device(device)
        self._steps = image_steps(policy)
        self._count = len(images)
        self._labels = labels.to(self._device)
        self._crew = _Crew(policy, mean, std, workers) if self.engine != "batched" else None
        # albumentations reads the images on the CPU, the batched engine where it works
        self._images = images.to(self._device if self._crew is None else "cpu")

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
        pixels = self._batched(number, order) if self._crew is None else self._per_image(
            number, order
        )  # fmt: skip
        try:
            for step, images in enumerate(pixels):
                rows = order[step * self._batch_size :][: len(images)]
                labels = self._labels.index_select(0, self._rows(rows, self._device))
                yield self._mixed(number, step, images, labels)
        except BaseException:  # closed early, or failed
            self.close()
            raise

    def close(self) -> None:
        """End the worker processes, if any; a further epoch starts new ones."""
        if self._crew is not None:
            self._crew.close()

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
        if getattr(self, "_crew", None) is not None:
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

    @staticmethod
    def _rows(rows: NDArray[np.int64], device: torch.device) -> Tensor:
        return torch.from_numpy(rows).to(device, non_blocking=True)

    def _batched(self, number: int, order: NDArray[np.int64]) -> Iterator[Tensor]:
        for step, rows in self._slices(order):
            chosen = self._rows(rows, self._device)
            rng = self._rng(number, _PIXELS, step)
            yield augment(self._steps, self._images, chosen, rng, self._mean, self._std)

    def _per_image(self, number: int, order: NDArray[np.int64]) -> Iterator[Tensor]:
        assert self._crew is not None
        jobs = (
            Job(
                self._images[torch.from_numpy(rows)].permute(0, 2, 3, 1).contiguous().numpy(),
                (self._seed, number, _PIXELS, step),
            )
            for step, rows in self._slices(order)
        )
        setting = Setting(self._mean, self._std)
        for made in self._crew.map(jobs):
            images = torch.from_numpy(made).to(self._device).permute(0, 3, 1, 2)
            images = images.to(torch.float32, memory_format=torch.contiguous_format)
            if not self._policy.normalizes:
                images = normalize(images, {}, self._steps[-1].parameters, setting)
            yield images

    def _mixed(
        self, number: int, step: int, images: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        if not self._policy.mixes:
            return images, labels
        shares = functional.one_hot(labels, self._classes).to(torch.float32)
        return mix(self._policy, images, shares, self._rng(number, _MIX, step))


class _Crew:
    """albumentations, in this thread or in worker processes that are started when first needed."""

    def __init__(self, policy: Policy, mean: Mean, std: Mean, workers: int) -> None:
        from core.augment.engine.albumentations import compose

        self._made = (policy, mean, std)
        self._count = workers
        self._compose = compose(policy, mean, std)  # refused here, not in a process
        self._workers: Workers | None = None

    def map(self, jobs: Iterator[Job]) -> Iterator[NDArray[np.generic]]:
        if self._count == 0:
            return (augment_here(self._compose, job.images, job.seed) for job in jobs)
        if self._workers is None:
            self._workers = Workers(self._count, *self._made)
        return self._workers.map(jobs)

    def close(self) -> None:
        if self._workers is not None:
            self._workers.close()
            self._workers = None


def choose_engine(policy: Policy, engine: str) -> tuple[str, str]:
    """The engine that will carry the policy out, and in a sentence why not the one asked for."""
    if engine not in ("auto", "batched", "albumentations"):
        raise LabError(unknown("engine", engine, ("auto", "batched", "albumentations")))
    if engine == "albumentations":
        return engine, ""
    missing = without_batched_form(policy)
    if missing:
        return "albumentations", f"{missing} The whole policy runs on albumentations."
    return "batched", ""
