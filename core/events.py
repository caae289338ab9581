"""What the loop tells while it runs. Frozen; the tensors inside are the loop's own, read only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # whoever reads what a run began with must not wait for torch
    from torch import Tensor


@dataclass(frozen=True)
class Preparing:
    """Work before the first step; `fraction` is 0 to 1."""

    message: str
    fraction: float


@dataclass(frozen=True)
class Started:
    """The first step comes next. `first_epoch` counts from 1."""

    device: str  # cuda, mps or cpu
    device_title: str
    engine: str  # batched or albumentations
    note: str  # why this engine, what was not done as asked, what must be said of the images; or ""
    data_title: str
    class_names: tuple[str, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    train_images: int
    test_images: int
    parameters: int
    steps_per_epoch: int
    first_epoch: int
    precision: str = "float32"  # of the multiplications in training; evaluation is float32
    compiled: bool = False
    replicas: int = 1  # parts that a batch is learned from in
    evaluated: str = "test images"  # or "held-out training images"


@dataclass(frozen=True)
class Stepped:
    """Some steps were done since the last of these events; loss and accuracy are their means."""

    epoch: int  # from 1
    step: int  # from 1, over the whole run
    loss: float
    accuracy: float  # in percent, of augmented images seen in training mode
    learning_rate: float
    images_per_second: float


@dataclass(frozen=True)
class Evaluating:
    """The images set aside for it are being gone through; `fraction` is 0 to 1."""

    epoch: int
    fraction: float


@dataclass(frozen=True)
class EpochMetrics:
    """One row a finished epoch. Accuracies in percent, `seconds` of training without evaluation.

    `test_*` are of the evaluated images: the test images, or those that were held out.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    learning_rate: float  # at the epoch's last step
    gradient_norm: float  # mean over the epoch's steps
    seconds: float
    test_seconds: float
    images_per_second: float
    ema_loss: float | None = None  # of the averaged weights, on the evaluated images
    ema_accuracy: float | None = None
    clean_accuracy: float | None = None  # of training images, not augmented, in evaluation mode
    class_accuracy: tuple[float, ...] = ()  # of each class of the evaluated images
    mirrored_accuracy: float | None = None  # last epoch: mean of each image and its mirror image
    added: Mapping[str, float] = field(default_factory=dict)  # the metrics of core.metrics.added()

    def row(self) -> dict[str, Any]:
        """All figures by name, those in `added` among the others: a row of epochs.jsonl."""
        plain = asdict(self)
        return {**plain.pop("added"), **plain}


@dataclass(frozen=True)
class EpochEnded:
    """An epoch's figures, and everything a checkpoint needs."""

    metrics: EpochMetrics
    best: bool  # the highest test accuracy so far, the first of equals
    weights: "Mapping[str, Tensor]"
    optimizer: Mapping[str, Any]
    probabilities: "Tensor"  # float32 (evaluated images, classes) on the CPU
    labels: "Tensor"  # int64 (evaluated images,) on the CPU
    ema_weights: "Mapping[str, Tensor] | None" = None  # where an average is kept
    scaler: Mapping[str, Any] | None = None  # of the loss, for float16
    losses: tuple[float, ...] = ()  # mean training loss of each epoch from the first on


@dataclass(frozen=True)
class Ended:
    """The last event of a run that was not cut short by an error."""

    finished: bool  # False: stopped on request
    message: str = ""  # why a finished run did not do all its epochs


Event = Preparing | Started | Stepped | Evaluating | EpochEnded | Ended
