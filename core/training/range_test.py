"""The learning-rate range test: a short training at a rate that grows with every step.

After Smith, "Cyclical learning rates for training neural networks" (2017). Smoothing, the end at
four times the lowest loss and the suggestion are those of fastai's `lr_find`: a tenth of the rate
at which the smoothed loss was lowest, for there it is about to grow.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from core.config.run_config import RunConfig
from core.data.sources import catalogue
from core.errors import BadSetting
from core.training.setup import Load, set_up

SMOOTHING = 0.9
DIVERGED = 4.0  # times the lowest loss
FELL = 0.9  # times the first loss: a loss that was lower has fallen


@dataclass(frozen=True)
class RangeTest:
    """`losses`: smoothed, one for each of `rates`. `suggestion`: None where nothing was learnt."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float | None


def range_test(
    config: RunConfig,
    on_point: Callable[[float, float], None],
    should_stop: Callable[[], bool],
    *,
    load: Load = catalogue.load,
    low: float = 1e-4,
    high: float = 10.0,
    steps: int = 100,
) -> RangeTest:
    """Train a fresh network for `steps` steps while the rate grows from `low` to `high`.

    Each step's rate and smoothed loss are reported to `on_point`. It ends sooner where the loss has
    blown up or is no longer finite. No run is touched. Raises LabError for what
    the user can put right, as `fit` does.
    """
    if not 0 < low < high or steps < 2:
        raise BadSetting(
            f"A range test from {low:g} to {high:g} in {steps} steps makes no sense; "
            "give a lowest rate over 0, a higher one and at least 2 steps."
        )
    rates: list[float] = []
    losses: list[float] = []
    with set_up(config, load, whole_batches=True) as setup:
        learner = setup.learner
        learner.model.train()
        stream = (batch for epoch in count(1) for batch in setup.batches.epoch(epoch))
        smoothed = Smoothed()
        for number, (inputs, targets) in enumerate(stream):
            if number == steps or should_stop():
                break
            rate = low * (high / low) ** (number / (steps - 1))
            loss = smoothed(learner.step(inputs, targets, number + 1, rate)[0].item())
            if not math.isfinite(loss):
                break
            rates.append(rate)
            losses.append(loss)
            on_point(rate, loss)
            if has_blown_up(losses):
                break
    return RangeTest(tuple(rates), tuple(losses), suggestion(rates, losses))


def has_blown_up(losses: list[float]) -> bool:
    """Whether smoothed losses end at over four times their lowest, or above where they began after
    they had fallen: what was learnt is lost."""
    fell = min(losses) < FELL * losses[0]
    return losses[-1] > DIVERGED * min(losses) or (fell and losses[-1] > losses[0])


class Smoothed:
    """An exponential moving mean that does not lean towards the nothing it starts from."""

    def __init__(self) -> None:
        self._sum, self._weight = 0.0, 0.0

    def __call__(self, value: float) -> float:
        self._sum = SMOOTHING * self._sum + (1 - SMOOTHING) * value
        self._weight = SMOOTHING * self._weight + (1 - SMOOTHING)
        return self._sum / self._weight


def suggestion(rates: list[float], losses: list[float]) -> float | None:
    """A tenth of the rate at the lowest loss; None where the loss was lowest at the start."""
    if not losses or losses[0] == min(losses):
        return None
    return rates[losses.index(min(losses))] / 10
