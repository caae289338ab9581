"""`RunConfig`: everything that describes a training run, frozen and refused when it makes no sense.

It is what a page's controls make, what a URL carries, what a run folder stores, what the command
line takes and what a report prints. Fields that a registry knows (optimizer, schedule, network,
policy) are checked against it when the config is made.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from core import old_names
from core.augment import policies
from core.augment.engine.catalogue import ENGINES
from core.augment.policy import Policy
from core.config.choices import (
    COMPILES,
    DEVICES,
    OPTIMIZERS,
    PRECISIONS,
    SCHEDULES,
)
from core.data.sources import catalogue
from core.errors import BadSetting


@dataclass(frozen=True)
class NetworkConfig:
    """Which network, by name; `layers` holds those of an edited one, so that a run is whole."""

    name: str = "modular_97k"  # registered, saved from the editor, or path/to/model.py:ClassName
    layers: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise BadSetting(f"The network's name is {self.name!r}; it must be a name: pick one.")


@dataclass(frozen=True)
class TrainingConfig:
    """How it is trained. Defaults are a sound start for a small network on CIFAR-10."""

    epochs: int = 10  # passes over the training images, 1 to 1000
    batch_size: int = 128  # images a step, 1 to 8192
    optimizer: str = "sgd"  # a name in OPTIMIZERS
    learning_rate: float = 0.1  # the highest value of the schedule, over 0 and up to 10
    momentum: float = 0.9  # of SGD, or beta1 of Adam, 0 up to but without 1
    weight_decay: float = 5e-4  # 0 to 1
    schedule: str = "one_cycle"  # a name in SCHEDULES
    label_smoothing: float = 0.0  # 0 up to but without 1
    gradient_clip: float = 0.0  # the largest gradient norm, 0 for no limit
    seed: int = 0  # 0 to 2**31 - 1
    device: str = "auto"  # a name in DEVICES; auto is cuda, then mps, then cpu
    engine: str = "auto"  # a name in ENGINES; auto is batched where the policy allows
    workers: int = 0  # processes of the albumentations engine, 0 to 16
    precision: str = "auto"  # a name in PRECISIONS
    compile: str = "auto"  # a name in COMPILES
    ema_decay: float = 0.0  # decay a step of the averaged weights, 0 for none, under 1
    hold_out: int = 0  # training images set aside and evaluated instead of the test images
    target_accuracy: float = 0.0  # percent; stop after the epoch that reaches it, 0 for never
    bias_lr_scale: float = 1.0  # of biases and norms' scale and shift, as a multiple of the others'
    initial_image_size: int = 0  # px, side of the images in the first epoch; 0 for full size
    replicas: int = 1  # parts of a batch, each learned from by a copy of the network, 1 to 64

    def __post_init__(self) -> None:
        _whole("number of epochs", self.epochs, 1, 1000)
        _whole("batch size", self.batch_size, 1, 8192)
        _whole("seed", self.seed, 0, 2**31 - 1)
        _whole("number of workers", self.workers, 0, 16)
        _whole("number of images held out", self.hold_out, 0, 25_000)
        _whole("number of replicas", self.replicas, 1, 64)
        _initial_image_size(self.initial_image_size)
        _real("learning rate", self.learning_rate, 0, 10, without_low=True)
        _real("momentum", self.momentum, 0, 1, without_high=True)
        _real("weight decay", self.weight_decay, 0, 1)
        _real("label smoothing", self.label_smoothing, 0, 1, without_high=True)
        _real("gradient clip", self.gradient_clip, 0, 1000)
        _real("decay of the averaged weights", self.ema_decay, 0, 1, without_high=True)
        _real("target accuracy", self.target_accuracy, 0, 100)
        _real("rate of biases", self.bias_lr_scale, 0, 100, without_low=True)
        for registry, name in (
            (OPTIMIZERS, self.optimizer),
            (SCHEDULES, self.schedule),
            (DEVICES, self.device),
            (ENGINES, self.engine),
            (PRECISIONS, self.precision),
            (COMPILES, self.compile),
        ):
            registry[name]


@dataclass(frozen=True)
class RunConfig:
    """One training run, whole."""

    data: str = catalogue.READY  # a name in DATA_SETS or the path of a folder of images
    network: NetworkConfig = field(default_factory=NetworkConfig)
    policy: Policy = field(default_factory=lambda: policies.named("assignment"))
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        if not isinstance(self.data, str) or not self.data.strip():
            raise BadSetting(f"The data is {self.data!r}; name {catalogue.NAMED}.")

    def to_dict(self) -> dict[str, Any]:
        """Plain types only: what JSON can hold."""
        return {
            "data": self.data,
            "network": {
                "name": self.network.name,
                "layers": [dict(x) for x in self.network.layers],
            },
            "policy": self.policy.to_dict(),
            "training": asdict(self.training),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "RunConfig":
        """The inverse of `to_dict`; raises BadSetting for an unknown field or a value refused."""
        _known("a run's settings", plain, cls)
        network = plain.get("network", {})
        training = plain.get("training", {})
        if isinstance(training, Mapping):
            training = old_names.renamed(training, old_names.TRAINING)
        _known("the network's settings", network, NetworkConfig)
        _known("the training's settings", training, TrainingConfig)
        made: dict[str, Any] = {
            "network": NetworkConfig(
                name=network.get("name", NetworkConfig.name),
                layers=tuple(network.get("layers", ())),
            ),
            "training": TrainingConfig(**training),
        }
        if "data" in plain:
            made["data"] = plain["data"]
        if "policy" in plain:
            made["policy"] = Policy.from_dict(plain["policy"])
        return cls(**made)


def _known(what: str, plain: object, cls: type) -> None:
    if not isinstance(plain, Mapping):
        raise BadSetting(f"{what.capitalize()} must be a table of names and values, not {plain!r}.")
    names = [entry.name for entry in fields(cls)]
    for name in plain:
        if name not in names:
            raise BadSetting(f"There is no {name!r} in {what}; allowed are {', '.join(names)}.")


def _whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadSetting(f"The {name} is {value!r}; choose a whole number from {low} to {high}.")


def _initial_image_size(value: object) -> None:
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or not (value == 0 or 8 <= value <= 32)
    ):
        raise BadSetting(
            f"The side of the first images is {value!r}; choose 0 for full size, or a whole number "
            "of pixels from 8 to 32."
        )


def _real(
    name: str,
    value: object,
    low: float,
    high: float,
    *,
    without_low: bool = False,
    without_high: bool = False,
) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and math.isfinite(value):  # type: ignore[arg-type]
        above = value > low if without_low else value >= low  # type: ignore[operator]
        below = value < high if without_high else value <= high  # type: ignore[operator]
        if above and below:
            return
    start = f"over {low:g}" if without_low else f"from {low:g}"
    end = f"under {high:g}" if without_high else f"up to {high:g}"
    raise BadSetting(f"The {name} is {value!r}; choose a number {start} and {end}.")
