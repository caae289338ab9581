import numpy as np
import pytest

from lab.charts import run_metrics, run_traces
from lab.charts.run_traces import Curve, noise, thin

STEPS = [
    {"step": step, "loss": 2.0 - step / 100, "accuracy": step / 2.0, "learning_rate": 0.1,
     "images_per_second": 500.0}
    for step in range(1, 101)
]  # fmt: skip
EPOCHS = [
    {"epoch": epoch, "test_accuracy": 40.0 + epoch, "test_loss": 1.5} for epoch in range(1, 6)
]
CURVE = Curve("net", EPOCHS, STEPS, steps_per_epoch=20)


def test_training_and_test_share_the_axis_of_epochs() -> None:
    training, test = run_metrics.accuracy([CURVE]).data
    assert list(test.x) == [1, 2, 3, 4, 5]
    assert list(test.y) == [41.0, 42.0, 43.0, 44.0, 45.0]
    assert training.x[0] == pytest.approx(1 / 20)
    assert training.x[-1] == pytest.approx(5)


def test_a_run_without_a_step_draws_empty_axes() -> None:
    empty = Curve("net", [], [], 0)
    for draw in (run_metrics.accuracy, run_metrics.loss, run_metrics.rate, run_metrics.speed):
        assert all(len(trace.x) == 0 for trace in draw([empty]).data)


def test_thinning_keeps_means_and_the_end() -> None:
    pairs = thin(STEPS, "loss", largest=10)
    assert len(pairs) == 10
    assert pairs[0] == (10.0, pytest.approx(2.0 - 5.5 / 100))
    assert pairs[-1][0] == 100.0


def test_smoothing_has_no_pull_to_zero() -> None:
    assert run_traces._smooth([(1.0, 3.0), (2.0, 3.0), (3.0, 3.0)]) == [
        (step, pytest.approx(3.0)) for step in (1.0, 2.0, 3.0)
    ]


def test_overlaid_runs_have_names_and_colors_of_their_own() -> None:
    figure = run_metrics.accuracy([CURVE, Curve("other", EPOCHS, STEPS, 20)])
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == [
        "net",
        "other",
    ]
    assert len(figure.data) == 4
    assert figure.data[1].line.color != figure.data[3].line.color


@pytest.mark.parametrize(
    "draw", [run_metrics.accuracy, run_metrics.loss, run_metrics.rate, run_metrics.speed]
)
def test_every_chart_has_titles_and_keeps_the_zoom(draw: object) -> None:
    layout = draw([CURVE]).layout  # type: ignore[operator]
    assert layout.title.text
    assert layout.xaxis.title.text == "Epoch"
    assert layout.yaxis.title.text
    assert layout.uirevision
    assert layout.height


def test_the_axes_are_those_of_the_whole_run_from_its_first_step_on() -> None:
    """One early point: the axis of the loss went from -1 to 4, that of the epochs to 0.02."""
    first = [{"step": 1, "loss": 2.3, "accuracy": 10.0, "learning_rate": 0.1,
              "images_per_second": 500.0}]  # fmt: skip
    curve = Curve("net", [], first, steps_per_epoch=50, total_epochs=13)
    for draw in (run_metrics.accuracy, run_metrics.loss, run_metrics.rate, run_metrics.speed):
        assert list(draw([curve]).layout.xaxis.range) == [0, 13 * 1.02]
    low, high = run_metrics.loss([curve]).layout.yaxis.range
    assert low == 0
    assert 2.3 < high < 2.5
    longer = Curve("other", EPOCHS, STEPS, 20, total_epochs=40)
    assert list(run_metrics.loss([curve, longer]).layout.xaxis.range) == [0, 40 * 1.02]


def test_a_loss_that_explodes_does_not_press_the_others_flat() -> None:
    rows = [{**EPOCHS[0], "test_loss": 5e8}]
    assert run_metrics.loss([Curve("net", rows, STEPS, 20)]).layout.yaxis.range[1] <= 11


def line(figure: object, name: str) -> object:
    (found,) = [trace for trace in figure.data if trace.name == name]  # type: ignore[attr-defined]
    return found


def test_the_noise_floor_is_the_binomial_s() -> None:
    # The figure of the issue: +-0.7 points at 85% of 10,000; 196 sqrt(.85 * .15 / 10000) = 0.69986.
    assert noise(85.0, 10_000) == pytest.approx(0.69986, abs=1e-5)
    assert noise(50.0, 2_000) == pytest.approx(2.1913, abs=1e-4)
    assert noise(100.0, 10_000) == 0.0
    assert noise(85.0, 0) == 0.0


def test_the_noise_floor_holds_95_of_100_measurements() -> None:
    """A second method: as many tests of 2,000 images each, drawn."""
    rng = np.random.default_rng(0)
    measured = 100 * rng.binomial(2000, 0.85, 4000) / 2000
    inside = abs(measured - 85.0) <= noise(85.0, 2000)
    assert 0.93 < inside.mean() < 0.97


def test_a_run_alone_has_band_averages_and_clean_training() -> None:
    epochs = [{**row, "ema_accuracy": 50.0, "ema_loss": 1.0, "clean_accuracy": 60.0}
              for row in EPOCHS]  # fmt: skip
    curve = Curve("net", epochs, STEPS, 20, images=2000)
    figure = run_metrics.accuracy([curve])
    assert list(line(figure, "EMA weights").y) == [50.0] * 5  # type: ignore[attr-defined]
    assert list(line(figure, "Training, clean").y) == [60.0] * 5  # type: ignore[attr-defined]
    band = line(figure, f"95%: ±{noise(45.0, 2000):.1f}")
    assert band.fill == "toself"  # type: ignore[attr-defined]
    first, last = band.y[0], band.y[-1]  # type: ignore[attr-defined]
    assert first == pytest.approx(41.0 + noise(41.0, 2000))
    assert last == pytest.approx(41.0 - noise(41.0, 2000))
    assert list(line(run_metrics.loss([curve]), "EMA weights").y) == [1.0] * 5  # type: ignore[attr-defined]
    with_another = run_metrics.accuracy([curve, CURVE])
    assert not [trace for trace in with_another.data if trace.fill], "one band, or none"


def test_held_out_images_are_not_called_test() -> None:
    figure = run_metrics.accuracy(
        [Curve("net", EPOCHS, STEPS, 20, 500, "held-out training images")]
    )
    said = " ".join(f"{trace.name} {trace.hovertemplate}" for trace in figure.data).lower()
    assert "held out" in said
    assert "test" not in said


def test_each_class_has_a_line_a_color_and_its_last_value() -> None:
    names = tuple("abcdefghij")
    epochs = [
        {"epoch": epoch, "class_accuracy": [10.0 * place + epoch for place in range(10)]}
        for epoch in (1, 2)
    ]
    figure = run_metrics.classes([Curve("net", epochs, [], 20, class_names=names)])
    assert [trace.name for trace in figure.data][:2] == ["j 92.0%", "i 82.0%"]  # best first
    assert list(line(figure, "a 2.0%").y) == [1.0, 2.0]  # type: ignore[attr-defined]
    assert len({trace.line.color for trace in figure.data}) == 10
    assert not run_metrics.classes([CURVE]).data, "earlier versions did not keep it"
