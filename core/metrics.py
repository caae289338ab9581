"""`METRICS`: the figures of an epoch. Events, files, tables and live charts read what is here.

One more figure is one more record with `compute`: after each epoch it is worked out from what the
network answered on the evaluated images, kept in the run's rows under its name, and drawn.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.registry import Choice, Registry

if TYPE_CHECKING:
    from torch import Tensor

    Compute = Callable[[Tensor, Tensor], float]


@dataclass(frozen=True)
class Metric(Choice):
    """One number an epoch.

    `compute` maps probabilities (N, classes) and labels (N,) of the evaluated images, both on the
    CPU, to the number; None for the training loop's own figures, fields of EpochMetrics.
    """

    unit: str = ""
    digits: int = 2  # after the decimal point
    higher_is_better: bool | None = None  # None: neither
    compute: "Compute | None" = None

    def show(self, value: float) -> str:
        """The value with its unit, as in `85.02%` and `12.3 s`."""
        return f"{value:,.{self.digits}f}{'' if self.unit in ('', '%') else ' '}{self.unit}"


METRICS: Registry[Metric] = Registry("metric")


def computed(probabilities: "Tensor", labels: "Tensor") -> dict[str, float]:
    """The metrics with a `compute`, by name; what is not finite is left out."""
    found = {
        name: float(metric.compute(probabilities, labels))
        for name, metric in added().items()
        if metric.compute is not None
    }
    return {name: value for name, value in found.items() if math.isfinite(value)}


def added() -> dict[str, Metric]:
    """The metrics beside the training loop's own: those with a `compute`."""
    return {name: metric for name, metric in METRICS.items() if metric.compute is not None}


METRICS.add(
    "train_loss", Metric("Training loss", "Cross-entropy on augmented images.", "", 4, False)
)
METRICS.add("test_loss", Metric("Test loss", "Cross-entropy.", "", 4, False))
METRICS.add("ema_loss", Metric("EMA loss", "Of the averaged weights.", "", 4, False))
METRICS.add(
    "train_accuracy",
    Metric("Training accuracy", "On augmented images, in training mode.", "%", 2, True),
)
METRICS.add("test_accuracy", Metric("Test accuracy", "", "%", 2, True))
METRICS.add("ema_accuracy", Metric("EMA accuracy", "Averaged weights.", "%", 2, True))
METRICS.add(
    "clean_accuracy",
    Metric(
        "Accuracy on clean training images",
        "On 2,000 training images, not augmented, in evaluation mode.",
        "%", 2, True,
    ),
)  # fmt: skip
METRICS.add(
    "mirrored_accuracy",
    Metric("Flip TTA accuracy", "Mean of each image and its mirror image.", "%", 2, True),
)
METRICS.add("learning_rate", Metric("Learning rate", "At the epoch's last step.", "", 6))
METRICS.add("gradient_norm", Metric("Gradient norm", "Mean of the steps.", "", 3))
METRICS.add("seconds", Metric("Training time", "Without evaluation.", "s", 1, False))
METRICS.add("test_seconds", Metric("Evaluation time", "", "s", 1, False))
METRICS.add("images_per_second", Metric("Images per second", "In training.", "images/s", 0, True))
