"""`SCHEDULES`: how the learning rate changes over a run. One record each, its factor a function."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.registry import Choice, Registry


class Factor(Protocol):
    """A pure function of progress and of the training losses so far."""

    def __call__(self, progress: float, losses: Sequence[float] = (), /) -> float: ...


@dataclass(frozen=True)
class ScheduleRecord(Choice):
    """`factor` maps progress through training (0 to 1) to a fraction of the learning rate (0 to 1).

    It may look at the mean training loss of each finished epoch, given second.
    """

    factor: Factor


SCHEDULES: Registry[ScheduleRecord] = Registry("schedule")


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
