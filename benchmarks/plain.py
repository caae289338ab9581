"""Training as document 003 runs it, and as it is written everywhere: what ours is compared with.

An `A.Compose` for each image in a torch Dataset, a DataLoader, the network in float32 and NCHW, SGD
with `CosineAnnealingLR`, and the loss read after each step, as the progress bar of its log needs.
The document does not say how many workers its DataLoader has.
"""

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from benchmarks.turns import now
from core.augment.engine import library
from core.augment.policy import Policy, Transform
from core.config.run_config import NetworkConfig, TrainingConfig
from core.data.image_set import ImageSet
from core.networks.building import build

PREFETCH = 2  # batches that each worker makes ahead: torch's default


class PerImage(Dataset[tuple[Tensor, int]]):
    """What people write: an image, its Compose, a tensor.

    `images`: uint8 (N, 3, H, W); `labels`: int64 (N,).
    """

    def __init__(self, images: Tensor, labels: Tensor, policy: Policy, mean: Any, std: Any) -> None:
        from albumentations import Compose
        from albumentations.pytorch import ToTensorV2

        full = Policy((*policy.transforms, Transform("Normalize")))
        steps = library.compose(full, mean, std).transforms
        self.compose = Compose([*steps, ToTensorV2()])
        self.images = images.permute(0, 2, 3, 1).contiguous().numpy()
        self.labels = labels.tolist()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.compose(image=self.images[index])["image"], self.labels[index]


def one_thread(worker: int) -> None:
    """What a DataLoader's worker does first: it is one of several."""
    import cv2

    cv2.setNumThreads(0)
    torch.set_num_threads(1)


class Plain:
    """The document's loop; stands still between two stretches of steps."""

    def __init__(
        self,
        images: ImageSet,
        policy: Policy,
        network: NetworkConfig,
        training: TrainingConfig,
        workers: int,
        device: torch.device,
    ) -> None:
        self.workers, self.device, self.batch = workers, device, training.batch_size
        shared: dict[str, Any] = {
            "num_workers": workers,
            "persistent_workers": workers > 0,
            "worker_init_fn": one_thread,
            "pin_memory": device.type == "cuda",
        }
        ours = images.mean, images.std
        seen = PerImage(images.train_images, images.train_labels, policy, *ours)
        unseen = PerImage(images.test_images, images.test_labels, Policy(()), *ours)
        self._train = DataLoader(seen, self.batch, shuffle=True, drop_last=True, **shared)
        if not len(self._train):
            raise SystemExit(f"The plain loop needs at least {self.batch} training images.")
        self._test = DataLoader(unseen, self.batch, **shared)
        self._model = build(network, len(images.class_names)).to(device)
        self._optimizer = torch.optim.SGD(
            self._model.parameters(),
            lr=training.learning_rate,
            momentum=training.momentum,
            weight_decay=training.weight_decay,
        )
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            self._optimizer, T_max=training.epochs
        )
        self._loss = nn.CrossEntropyLoss()
        self._batches = self._endless()
        self._right = self._seen = 0

    def steps(self, count: int) -> float:
        """Do so many steps; returns the seconds.

        What workers made ahead while others had their turn is used up first, unmeasured, and after
        the stretch they are given the time to make as much again.
        """
        self._model.train()
        for _ in range(PREFETCH * self.workers):
            self._step()
        begun = now()
        for _ in range(count):
            self._step()
        seconds = now() - begun
        time.sleep(min(PREFETCH * self.workers * seconds / count, 3.0))
        return seconds

    def test(self) -> float:
        """Seconds of a pass over the test images, as the document does it after each epoch."""
        begun = now()
        self._model.eval()
        loss, right = 0.0, 0
        with torch.no_grad():
            for data, target in self._test:
                data, target = data.to(self.device), target.to(self.device)
                output = self._model(data)
                loss += functional.cross_entropy(output, target, reduction="sum").item()
                right += int((output.argmax(1) == target).sum().item())
        return now() - begun

    def _step(self) -> None:
        data, target = next(self._batches)
        data, target = data.to(self.device), target.to(self.device)
        self._optimizer.zero_grad()
        output = self._model(data)
        loss = self._loss(output, target)
        loss.backward()
        self._optimizer.step()
        loss.item()  # the progress bar shows it, and the accuracy so far
        self._right += int((output.argmax(1) == target).sum().item())
        self._seen += len(target)

    def _endless(self) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from self._train
            self._schedule.step()
