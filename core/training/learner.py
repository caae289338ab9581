"""A network and what moves its weights: one step forward, back and down."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.checkpoint import Checkpoint
from core.config.run_config import RunConfig
from core.config.training_config import TrainingConfig
from core.data.image_set import ImageSet
from core.errors import LabError
from core.networks.building import build
from core.optim.optimizers import OPTIMIZERS
from core.optim.parameter_groups import parameter_groups
from core.training.hold_out import sample
from core.training.precision import Precision
from core.training.replicas import Replicas, is_random
from core.training.weight_ema import WeightEMA


class Learner:
    """The model on its device, its optimizer, and the average of its weights where one is kept."""

    def __init__(self, model: nn.Module, training: TrainingConfig, device: torch.device) -> None:
        self.model = model
        self.device = device
        self.forward: Callable[[Tensor], Tensor] = model  # or its compiled form
        self.precision = Precision(training.precision, device)
        self.replicas: Replicas | None = None
        self.note = ""  # what could not be done as the config asks, and why
        groups = parameter_groups(model, training.bias_lr_scale)
        if not groups:
            raise LabError("The network has no parameters that learn; choose another network.")
        self.optimizer = OPTIMIZERS[training.optimizer].build(
            groups,
            lr=training.learning_rate,
            momentum=training.momentum,
            weight_decay=training.weight_decay,
        )
        self._lr_scales = [group["lr_scale"] for group in self.optimizer.param_groups]
        self.ema = WeightEMA(model, training.ema_decay) if training.ema_decay else None
        self._learning = [p for group in groups for p in group["params"]]
        self._clip, self._smoothing = training.gradient_clip, training.label_smoothing
        self._whole_batch = training.batch_size

    def state(self) -> dict[str, Any]:
        """What EpochEnded and a Checkpoint hold of it; the tensors are its own."""
        scaler = self.precision.scaler
        return {
            "weights": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "ema_weights": None if self.ema is None else self.ema.tensors,
            "scaler": None if scaler is None else scaler.state_dict(),
        }

    def load(self, checkpoint: Checkpoint) -> None:
        """Go back to what `state` told then; LabError where that is of another network."""
        try:
            self._load(checkpoint)
        except (RuntimeError, LookupError, ValueError, TypeError, AttributeError) as error:
            raise LabError(
                "The checkpoint does not fit the network and the optimizer as they are now; start "
                "a new run instead."
            ) from error

    def _load(self, checkpoint: Checkpoint) -> None:
        self.model.load_state_dict(dict(checkpoint.weights))
        self.optimizer.load_state_dict(dict(checkpoint.optimizer))
        if self.ema is not None and checkpoint.ema_weights is not None:
            self.ema.load(checkpoint.ema_weights)
        if self.precision.scaler is not None and checkpoint.scaler is not None:
            self.precision.scaler.load_state_dict(dict(checkpoint.scaler))

    def step(self, inputs: Tensor, targets: Tensor, number: int, rate: float) -> Tensor:
        """Learn from one batch; nothing here waits for the device.

        `inputs` float32 (B, 3, H, W), `targets` int64 (B,) or float32 (B, classes); `number` counts
        steps from 1 over the whole run. Returns float32 (3,): mean loss, images right, norm of the
        gradient.
        """
        for group, scale in zip(self.optimizer.param_groups, self._lr_scales, strict=True):
            group["lr"] = rate * scale
        self.optimizer.zero_grad(set_to_none=True)
        if self.replicas is not None and self.replicas.split(len(inputs)):
            logits, loss = self.replicas.learn(inputs, targets, self._back)
        else:
            # what is compiled is compiled for one batch size: the last, smaller batch goes without
            network = self.forward if len(inputs) == self._whole_batch else self.model
            logits, loss = self._back(network, inputs, targets)
        norm = self._descend()
        if self.ema is not None:
            self.ema.update(number)
        classes = targets if targets.ndim == 1 else targets.argmax(1)
        right = (logits.argmax(1) == classes).sum()
        return torch.stack([loss, right.float(), norm])

    def close(self) -> None:
        """Nothing more is learned: threads are ended."""
        if self.replicas is not None:
            self.replicas.close()

    def _back(
        self, network: Callable[[Tensor], Tensor], inputs: Tensor, targets: Tensor, share: float = 1
    ) -> tuple[Tensor, Tensor]:
        """Forward and back; float32 logits (B, classes), and the mean loss times `share`."""
        with self.precision.forward():
            logits = network(inputs.to(memory_format=torch.channels_last))
        logits = logits.float()
        loss = functional.cross_entropy(logits, targets, label_smoothing=self._smoothing) * share
        scaler = self.precision.scaler
        (loss if scaler is None else scaler.scale(loss)).backward()  # type: ignore[no-untyped-call]
        return logits.detach(), loss.detach()

    def _descend(self) -> Tensor:
        """A step down the gradients that are there, and their norm."""
        scaler = self.precision.scaler
        if scaler is not None:
            scaler.unscale_(self.optimizer)
        gradients = [p.grad for p in self._learning if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients)
        if self._clip:
            nn.utils.clip_grads_with_norm_(self._learning, self._clip, norm)
        if scaler is None:
            self.optimizer.step()
            return norm
        scaler.step(self.optimizer)
        scaler.update()
        return norm.nan_to_num(0, 0)  # a step that overflowed was left out


def make_learner(config: RunConfig, images: ImageSet, device: torch.device, fresh: bool) -> Learner:
    """The learner as it is before the first step; `fresh`: its weights are not to be replaced.

    A network with a method `initialize(images)` is shown 2,000 normalized training images.
    """
    seed_everything(config.training.seed)
    model = build(config.network, len(images.class_names)).to(device)
    model = model.to(memory_format=torch.channels_last)
    initialize = getattr(model, "initialize", None)
    if fresh and callable(initialize):
        pixels = sample(images)[0].to(device).float() / 255
        mean, std = (
            torch.tensor(v, device=device).view(1, 3, 1, 1) for v in (images.mean, images.std)
        )
        with torch.no_grad():
            initialize((pixels - mean) / std)
    learner = Learner(model, config.training, device)
    if config.training.replicas > 1:
        _replicate(learner, config.training.replicas, tuple(images.train_images.shape[1:]))
    return learner


def _replicate(learner: Learner, count: int, shape: tuple[int, ...]) -> None:
    """Split its batches among so many replicas, or note why not."""
    if learner.device.type != "cpu":
        learner.note = "Replicas are for processors; here batches stay whole."
    elif is_random(learner.model, shape):
        learner.note = (
            "Batches are not split: the network draws random numbers (dropout, say), and the same "
            "seed would not give the same run."
        )
    else:
        if learner.precision.scaler is not None:  # makes its factor at first use: not in threads
            learner.precision.scaler.scale(torch.zeros(()))
        learner.replicas = Replicas(learner.model, count)


def seed_everything(number: int) -> None:
    """Every global generator that a network may draw from: torch's, NumPy's and Python's."""
    torch.manual_seed(number)
    np.random.seed(number % 2**32)
    random.seed(number)
