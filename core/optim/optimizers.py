"""`OPTIMIZERS`: one record each, with the function that builds it from numbers.

Nothing here imports torch until an optimizer is built.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from core.registry import Choice, Registry

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer

    Parameters = Iterable[Parameter] | Iterable[dict[str, Any]]


class Build(Protocol):
    """Makes the optimizer of parameters, or of groups as core.optim.parameter_groups makes them."""

    def __call__(
        self, params: "Parameters", *, lr: float, momentum: float, weight_decay: float
    ) -> "Optimizer": ...


@dataclass(frozen=True)
class OptimizerRecord(Choice):
    """`learning_rate` is a sound start for CIFAR-10 at batch size 128."""

    learning_rate: float
    build: Build


OPTIMIZERS: Registry[OptimizerRecord] = Registry("optimizer")


def _sgd(params: "Parameters", *, lr: float, momentum: float, weight_decay: float) -> "Optimizer":
    from torch.optim import SGD

    return SGD(
        params,
        lr=lr,
        momentum=momentum,
        weight_decay=weight_decay,
        nesterov=momentum > 0,
        fused=True,
    )


OPTIMIZERS.add(
    "sgd",
    OptimizerRecord(
        "SGD, Nesterov",
        "Steps along the gradient with momentum; needs a high learning rate and a schedule.",
        0.1,
        _sgd,
    ),
)


def _adamw(params: "Parameters", *, lr: float, momentum: float, weight_decay: float) -> "Optimizer":
    from torch.optim import AdamW

    return AdamW(params, lr=lr, betas=(momentum, 0.999), weight_decay=weight_decay, fused=True)


OPTIMIZERS.add(
    "adamw",
    OptimizerRecord(
        "AdamW",
        "Scales each weight's step by its own gradient's size; needs a low learning rate.",
        0.003,
        _adamw,
    ),
)


def _muon(params: "Parameters", *, lr: float, momentum: float, weight_decay: float) -> "Optimizer":
    from core.optim.muon import MuonAndSGD

    return MuonAndSGD(params, lr=lr, momentum=momentum, weight_decay=weight_decay)


OPTIMIZERS.add(
    "muon",
    OptimizerRecord(
        "Muon",
        "Makes the updates of hidden layers orthogonal; SGD at twice the learning rate updates the "
        "rest. Fewer epochs, each of them slower.",
        0.05,
        _muon,
    ),
)
