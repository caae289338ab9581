import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from core.augment.policies import named
from core.errors import LabError
from core.training.learner import Learner
from core.training.range_test import RangeTest, Smoothed, has_blown_up, range_test, suggestion
from tests.core.conftest import Configure, Load


def never() -> bool:
    return False


def test_rates_grow_by_the_same_factor(tiny: Configure, load: Load) -> None:
    told: list[tuple[float, float]] = []
    made = range_test(
        tiny(), lambda *point: told.append(point), never, load=load, low=1e-3, high=1e-1, steps=9
    )
    assert made.rates == pytest.approx([1e-3 * 10 ** (k / 4) for k in range(9)])
    assert told == list(zip(made.rates, made.losses, strict=True))
    again = range_test(tiny(), lambda *_: None, never, load=load, low=1e-3, high=1e-1, steps=9)
    assert again == made


def test_smoothing_worked_out_by_hand() -> None:
    smoothed = Smoothed()
    assert smoothed(2.0) == pytest.approx(2.0)
    assert smoothed(4.0) == pytest.approx((0.9 * 2 + 4) / 1.9)
    assert smoothed(1.0) == pytest.approx((0.81 * 2 + 0.9 * 4 + 1) / 2.71)


def test_the_suggestion_is_a_tenth_of_the_best() -> None:
    assert suggestion([0.1, 0.2, 0.4, 0.8], [2.0, 1.5, 1.0, 3.0]) == pytest.approx(0.04)
    assert suggestion([0.1, 0.2], [2.0, 2.5]) is None
    assert suggestion([], []) is None


def losses_are(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> None:
    """Each step tells the next of these losses, and the rate is what it was asked to step by."""
    given = iter(losses)
    monkeypatch.setattr(Learner, "step", lambda *_: torch.tensor([next(given), 0.0, 0.0]))


@pytest.mark.parametrize(
    ("losses", "points"),
    [
        ([1.0] * 5 + [100.0, 0.0], 6),  # the mean is then over 4 x 1
        ([1.0, 1.0, math.nan, 0.0], 2),
        ([1.0] * 20, 20),
    ],
)
def test_it_ends_where_the_loss_explodes(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch, losses: list[float], points: int
) -> None:
    losses_are(monkeypatch, losses)
    made = range_test(tiny(), lambda *_: None, never, load=load, steps=20)
    assert len(made.rates) == len(made.losses) == points


def test_it_ends_where_what_was_learnt_is_lost(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss falls from 2.3 to about 1 and climbs back to 2.5, which is no four times of it."""
    losses = [2.3] * 3 + [1.0] * 40 + [2.5] * 57
    smoothed = Smoothed()
    means = [smoothed(loss) for loss in losses]
    last = next(at for at, mean in enumerate(means) if at > 43 and mean > means[0])
    assert last < 99
    losses_are(monkeypatch, losses)
    made = range_test(tiny(), lambda *_: None, never, load=load, steps=100)
    assert made.losses == pytest.approx(means[: last + 1])
    noise = [2.30, 2.33, 2.28, 2.31, 2.35]  # never fell by a tenth: nothing is lost yet
    assert not has_blown_up(noise)


@pytest.mark.parametrize(
    ("settings", "each", "different"),
    [
        ({"batch_size": 32, "hold_out": 64}, 32, 96),  # 160 - 64 are left, seen twice in six steps
        ({"batch_size": 48}, 48, 144),  # the 16 that are left of an epoch are not a step
    ],
)
def test_its_steps_are_those_of_a_run(
    tiny: Configure,
    load: Load,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    each: int,
    different: int,
) -> None:
    """As many images, of those that a run would learn from, by a network that is learning."""
    batches: list[torch.Tensor] = []
    step = Learner.step

    def watched(self: Learner, inputs: torch.Tensor, *others: Any) -> torch.Tensor:
        assert self.model.training
        batches.append(inputs)
        return step(self, inputs, *others)

    monkeypatch.setattr(Learner, "step", watched)
    config = replace(tiny(**settings), policy=named("none"))
    steps = 2 * different // each
    range_test(config, lambda *_: None, never, load=load, high=0.01, steps=steps)
    assert [len(batch) for batch in batches] == [each] * steps
    first = torch.cat(batches[: steps // 2])
    assert len(first.flatten(1).unique(dim=0)) == different
    if "hold_out" in settings:
        assert len(torch.cat(batches).flatten(1).unique(dim=0)) == different


def test_the_network_is_shown_images_first_as_in_a_run(tiny: Configure, load: Load) -> None:
    config = tiny()
    path = Path(config.network.name.removesuffix(":Tiny"))
    shown = path.with_name("shown.txt")
    method = f"""
    def initialize(self, images):
        open({str(shown)!r}, "w").write(str(tuple(images.shape)))
"""
    path.write_text(path.read_text() + method)
    range_test(config, lambda *_: None, never, load=load, steps=2)
    assert shown.read_text() == "(160, 3, 32, 32)"


def test_it_stops_when_asked(tiny: Configure, load: Load) -> None:
    asked = iter([False, False, True])
    made = range_test(tiny(), lambda *_: None, lambda: next(asked), load=load, steps=20)
    assert len(made.rates) == 2


def test_nonsense_is_refused(tiny: Configure, load: Load) -> None:
    for low, high, steps in ((0.0, 1.0, 9), (1.0, 0.1, 9), (0.1, 1.0, 1)):
        with pytest.raises(LabError, match="makes no sense"):
            range_test(tiny(), lambda *_: None, never, load=load, low=low, high=high, steps=steps)


def test_the_smallest_data_set_is_enough(tiny: Configure, load: Load) -> None:
    made: RangeTest = range_test(
        tiny(batch_size=500), lambda *_: None, never, load=load, high=0.01, steps=3
    )
    assert len(made.rates) == 3
