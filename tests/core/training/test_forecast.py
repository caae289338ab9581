"""How long a run takes: sums worked out by hand, never the time that a test takes."""

import pytest

from core.training import forecast
from core.training.evaluation import Evaluator
from core.training.forecast import Forecasts, Speed
from core.training.learner import Learner
from core.training.loop import fit
from tests.core.conftest import Configure, Load


@pytest.mark.parametrize(
    "more",
    [{}, {"ema_decay": 0.5}, {"hold_out": 40}, {"initial_image_size": 16, "epochs": 4}],
    ids=str,
)
def test_a_run_is_as_many_steps_and_evaluated_images_as_it_really_makes(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch, more: dict[str, object]
) -> None:
    """Each step on images of n pixels a side is given n seconds, each evaluated image 0.001."""
    config = tiny(**more)
    images = load("shapes")
    made = {"seconds": 0.0}
    step, through = Learner.step, Evaluator._through

    def counted(self: Learner, inputs: object, *rest: object) -> object:
        made["seconds"] += inputs.shape[-1]  # type: ignore[attr-defined]
        return step(self, inputs, *rest)  # type: ignore[arg-type]

    def looked_at(self: Evaluator, pictures: object) -> object:
        made["seconds"] += 0.001 * len(pictures)  # type: ignore[arg-type]
        return through(self, pictures)  # type: ignore[arg-type]

    monkeypatch.setattr(Learner, "step", counted)
    monkeypatch.setattr(Evaluator, "_through", looked_at)
    fit(config, lambda event: None, lambda: False, load=load)
    speed = Speed({size: float(size) for size in range(8, 33)}, 0.001)
    assert speed.seconds(config.training, images) == pytest.approx(made["seconds"])


def test_what_costs_the_same_is_measured_once(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[tuple[object, ...]] = []

    def measure(config: object, images: object, wanted: list[int], stop: object) -> Speed:
        measured.append((config, tuple(wanted)))
        return Speed(dict.fromkeys(wanted, 1.0), 0.0)

    monkeypatch.setattr(forecast, "measure", measure)
    forecasts, images = Forecasts(), load("shapes")
    assert not forecasts.knows(tiny(), images)
    assert forecasts.seconds(tiny(), images) == 3 * 5  # epochs of five steps of 32 of 160 images
    assert forecasts.seconds(tiny(epochs=7, learning_rate=0.3, seed=2), images) == 7 * 5
    assert forecasts.knows(tiny(hold_out=40), images)
    assert len(measured) == 1
    assert forecasts.seconds(tiny(batch_size=16), images) == 3 * 10
    assert forecasts.seconds(tiny(ema_decay=0.9), images) == 3 * 5
    assert len(measured) == 3
    assert forecasts.seconds(tiny(epochs=4, initial_image_size=16), images) == 4 * 5
    assert measured[3][1] == (16, 24, 32)
    assert forecasts.seconds(tiny(epochs=2, initial_image_size=16), images) == 2 * 5
    assert len(measured) == 4


def test_measuring_times_every_size_and_can_be_stopped(tiny: Configure, load: Load) -> None:
    found = forecast.measure(tiny(), load("shapes"), [16, 32])
    assert found is not None
    assert set(found.step) == {16, 32}
    assert min(found.step.values()) > 0
    assert found.evaluation > 0
    asked = iter([False, False, True])
    assert forecast.measure(tiny(), load("shapes"), [16, 32], lambda: next(asked)) is None
    assert Forecasts().seconds(tiny(), load("shapes"), lambda: True) is None
