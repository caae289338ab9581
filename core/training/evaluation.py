"""How good the network is, between two epochs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core import metrics
from core.config.run_config import TrainingConfig
from core.data.image_set import ImageSet
from core.events import Evaluating, Event
from core.predictions import predict
from core.training import hold_out
from core.training.epoch import Stopped
from core.training.learner import Learner

BATCH = 500


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What is known after an epoch: figures for EpochMetrics, and what they were made from."""

    figures: dict[str, Any]
    probabilities: Tensor  # float32 (evaluated images, classes) on the CPU
    reached: str  # a sentence where the target accuracy was reached, or ""


class Evaluator:
    """Evaluates in float32, on the images as they are; all other figures are reported beside it.

    `images` has the images to evaluate on as its test images. Keeps them on the learner's device.
    """

    def __init__(
        self,
        learner: Learner,
        images: ImageSet,
        training: TrainingConfig,
        on_event: Callable[[Event], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self._learner, self._images, self._training = learner, images, training
        self._on_event, self._should_stop = on_event, should_stop
        self._evaluated = images.test_images.to(learner.device)
        seen, self._seen_labels = hold_out.sample(images)
        self._seen = seen.to(learner.device)

    def evaluate(self, epoch: int) -> Evaluation:
        """Go through the images with the weights as they are; Stopped where that is asked for."""
        started = time.perf_counter()
        learner, training, labels = self._learner, self._training, self._images.test_labels
        self._epoch, self._done = epoch, 0
        self._total = len(labels) * (2 if learner.ema else 1) + len(self._seen_labels)
        self._total += len(labels) if epoch == training.epochs else 0
        learner.model.eval()

        probabilities = self._through(self._evaluated)
        accuracy, loss = score(probabilities, labels)
        figures: dict[str, Any] = {
            "added": metrics.computed(probabilities, labels),
            "test_loss": loss,
            "test_accuracy": accuracy,
            "class_accuracy": by_class(probabilities, labels),
            "clean_accuracy": score(self._through(self._seen), self._seen_labels)[0],
        }
        best, whose = accuracy, ""
        if learner.ema is not None:
            with learner.ema.in_place():
                averaged = score(self._through(self._evaluated), labels)
            figures["ema_accuracy"], figures["ema_loss"] = averaged
            if averaged[0] > best:
                best, whose = averaged[0], " with the averaged weights"
        reached = ""
        if training.target_accuracy and best >= training.target_accuracy:
            reached = (
                f"Stopped after epoch {epoch}: {best:.2f}%{whose} reached the target of "
                f"{training.target_accuracy:g}%."
            )
        if reached or epoch == training.epochs:
            mirrored = (probabilities + self._through(self._evaluated.flip(3))) / 2
            figures["mirrored_accuracy"] = score(mirrored, labels)[0]
        figures["test_seconds"] = time.perf_counter() - started
        return Evaluation(figures, probabilities, reached)

    def _through(self, images: Tensor) -> Tensor:
        """Probabilities (N, classes) on the CPU of uint8 images (N, 3, H, W)."""
        before = self._done

        def progress(fraction: float, message: str) -> None:
            if self._should_stop():
                raise Stopped
            self._done = before + round(fraction * len(images))
            self._on_event(Evaluating(self._epoch, min(self._done / self._total, 1.0)))

        mean, std = self._images.mean, self._images.std
        model, device = self._learner.model, self._learner.device
        return predict(model, images, mean, std, device, BATCH, progress)


def score(probabilities: Tensor, labels: Tensor) -> tuple[float, float]:
    """Accuracy in percent and mean cross-entropy of (N, classes) probabilities and (N,) labels."""
    right = (probabilities.argmax(1) == labels).double().mean().item()
    chosen = probabilities.double().gather(1, labels[:, None]).clamp_min(1e-38)
    return 100 * right, -chosen.log().mean().item()


def by_class(probabilities: Tensor, labels: Tensor) -> tuple[float, ...]:
    """Accuracy in percent on the images of each class; 0 for a class without images."""
    classes = probabilities.shape[1]
    right = labels[probabilities.argmax(1) == labels]
    of = torch.bincount(labels, minlength=classes).clamp_min(1)
    return tuple((100 * torch.bincount(right, minlength=classes).double() / of).tolist())
