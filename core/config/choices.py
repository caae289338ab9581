"""What can be chosen for training: optimizers, schedules and devices.

Records carry what a page and the command line show, so that neither knows any of them by name.
Nothing here imports torch until an optimizer is built.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from core.registry import Registry

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer

    from core.config.run_config import TrainingConfig

    Parameters = Iterable[Parameter] | Iterable[dict[str, Any]]


@dataclass(frozen=True)
class Choice:
    """A name's label and one line of explanation."""

    label: str
    help: str


@dataclass(frozen=True)
class OptimizerRecord(Choice):
    """`build` makes the optimizer; `learning_rate` is a sound start for CIFAR-10 at batch 128.

    It takes parameters or groups of them, as core.optim.parameter_groups makes them.
    """

    learning_rate: float
    build: "Callable[[Parameters, TrainingConfig], Optimizer]"


class Factor(Protocol):
    """A schedule: a pure function of progress and of the training losses so far."""

    def __call__(self, progress: float, losses: Sequence[float] = (), /) -> float: ...


@dataclass(frozen=True)
class ScheduleRecord(Choice):
    """`factor` maps progress through training (0 to 1) to a share of the learning rate (0 to 1).

    It may look at the mean training loss of each finished epoch, given second.
    """

    factor: "Factor"


def _sgd(parameters: "Parameters", config: "TrainingConfig") -> "Optimizer":
    from torch.optim import SGD

    return SGD(
        parameters,
        lr=config.learning_rate,
        momentum=config.momentum,
        weight_decay=config.weight_decay,
        nesterov=config.momentum > 0,
        fused=True,
    )


def _adamw(parameters: "Parameters", config: "TrainingConfig") -> "Optimizer":
    from torch.optim import AdamW

    return AdamW(
        parameters,
        lr=config.learning_rate,
        betas=(config.momentum, 0.999),
        weight_decay=config.weight_decay,
        fused=True,
    )


def _muon(parameters: "Parameters", config: "TrainingConfig") -> "Optimizer":
    from core.optim.muon import MuonAndSGD

    return MuonAndSGD(parameters, config)


OPTIMIZERS: Registry[OptimizerRecord] = Registry("optimizer")
OPTIMIZERS.add(
    "sgd",
    OptimizerRecord(
        "SGD, Nesterov",
        "Steps along the gradient with momentum; wants a high learning rate and a schedule.",
        0.1,
        _sgd,
    ),
)
OPTIMIZERS.add(
    "adamw",
    OptimizerRecord(
        "AdamW",
        "Scales each weight's step by its own gradient's size; wants a low learning rate.",
        0.003,
        _adamw,
    ),
)
OPTIMIZERS.add(
    "muon",
    OptimizerRecord(
        "Muon",
        "Makes the steps of hidden layers orthogonal, the rest is stepped by SGD at twice the "
        "rate; fewer epochs, each of them slower.",
        0.05,
        _muon,
    ),
)


def one_cycle(progress: float, losses: Sequence[float] = ()) -> float:
    """Cosine up over the first 30%, cosine down to nothing after (Smith, 2018)."""
    warm_up, start = 0.3, 0.04
    if progress < warm_up:
        return start + (1 - start) * (1 - math.cos(math.pi * progress / warm_up)) / 2
    return (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up))) / 2


def triangular(progress: float, losses: Sequence[float] = ()) -> float:
    """Straight up over the first 20%, straight down after (Smith, 2017)."""
    return max(progress / 0.2, 0.02) if progress < 0.2 else (1 - progress) / 0.8


def cosine(progress: float, losses: Sequence[float] = ()) -> float:
    """Half a cosine from the top to nothing (Loshchilov and Hutter, 2017)."""
    return (1 + math.cos(math.pi * progress)) / 2


def step(progress: float, losses: Sequence[float] = ()) -> float:
    """A tenth after half of the training, a hundredth after three quarters."""
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01


def plateau(progress: float, losses: Sequence[float] = ()) -> float:
    """A fifth each time that the training loss has not fallen by 1% for three epochs."""
    factor, lowest, waited = 1.0, math.inf, 0
    for loss in losses:
        if loss < 0.99 * lowest:
            lowest, waited = loss, 0
        else:
            waited += 1
        if waited == 3:
            factor, waited = factor / 5, 0
    return factor


def constant(progress: float, losses: Sequence[float] = ()) -> float:
    """The same learning rate throughout."""
    return 1.0


SCHEDULES: Registry[ScheduleRecord] = Registry("schedule")
SCHEDULES.add(
    "one_cycle",
    ScheduleRecord("One cycle", "Warms up, then falls to zero: quick and forgiving.", one_cycle),
)
SCHEDULES.add(
    "cosine", ScheduleRecord("Cosine", "Starts at the top and falls smoothly to zero.", cosine)
)
SCHEDULES.add(
    "triangular",
    ScheduleRecord("Triangular", "Rises in a straight line, then falls in one.", triangular),
)
SCHEDULES.add(
    "step", ScheduleRecord("Steps", "Divides by ten at one half and three quarters.", step)
)
SCHEDULES.add(
    "plateau",
    ScheduleRecord(
        "Plateau", "Divides by five where the training loss stands for three epochs.", plateau
    ),
)
SCHEDULES.add("constant", ScheduleRecord("Constant", "The same from start to end.", constant))

DEVICES: Registry[Choice] = Registry("device")
DEVICES.add("auto", Choice("Best there is", "A CUDA graphics card, else Apple's, else the CPU."))
DEVICES.add("cuda", Choice("CUDA", "An NVIDIA graphics card."))
DEVICES.add("mps", Choice("MPS", "An Apple graphics chip."))
DEVICES.add("cpu", Choice("CPU", "The processor: always there, slower."))

PRECISIONS: Registry[Choice] = Registry("precision")
PRECISIONS.add(
    "auto", Choice("Fastest that fits", "Half the bits where the hardware multiplies them.")
)
PRECISIONS.add("float32", Choice("float32", "32 bits throughout."))
PRECISIONS.add(
    "bfloat16", Choice("bfloat16", "Multiplies in 16 bits with the range of 32; weights keep 32.")
)
PRECISIONS.add(
    "float16", Choice("float16", "Multiplies in 16 bits; the loss is scaled so that none is lost.")
)

COMPILES: Registry[Choice] = Registry("compilation")
COMPILES.add("auto", Choice("Where it pays", "On CUDA, where there is a compiler."))
COMPILES.add("on", Choice("On", "Always, if there is a compiler; the first steps wait for it."))
COMPILES.add("off", Choice("Off", "Each operation runs as it is written."))
