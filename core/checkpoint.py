"""Where a run can go on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Checkpoint:
    """Everything after `epoch` finished epochs. Random states are not in it: see loop.py."""

    epoch: int
    best_accuracy: float
    weights: Mapping[str, Tensor]
    optimizer: Mapping[str, Any]
    ema_weights: Mapping[str, Tensor] | None = None  # where an average is kept
    scaler: Mapping[str, Any] | None = None  # of the loss, for float16
    losses: tuple[float, ...] = ()  # mean training loss of each epoch
    row: Mapping[str, Any] = field(default_factory=dict)  # of the last epoch, for epochs.jsonl
