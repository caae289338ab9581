import pytest

from lab import charts
from lab.charts import Curve

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
    training, test = charts.accuracy([CURVE]).data
    assert list(test.x) == [1, 2, 3, 4, 5]
    assert list(test.y) == [41.0, 42.0, 43.0, 44.0, 45.0]
    assert training.x[0] == pytest.approx(1 / 20)
    assert training.x[-1] == pytest.approx(5)


def test_a_run_without_a_step_draws_empty_axes() -> None:
    empty = Curve("net", [], [], 0)
    for draw in (charts.accuracy, charts.loss, charts.rate, charts.speed):
        assert all(len(trace.x) == 0 for trace in draw([empty]).data)


def test_thinning_keeps_means_and_the_end() -> None:
    pairs = charts.thin(STEPS, "loss", largest=10)
    assert len(pairs) == 10
    assert pairs[0] == (10.0, pytest.approx(2.0 - 5.5 / 100))
    assert pairs[-1][0] == 100.0


def test_smoothing_has_no_pull_to_zero() -> None:
    assert charts._smooth([(1.0, 3.0), (2.0, 3.0), (3.0, 3.0)]) == [
        (step, pytest.approx(3.0)) for step in (1.0, 2.0, 3.0)
    ]


def test_overlaid_runs_have_names_and_colours_of_their_own() -> None:
    figure = charts.accuracy([CURVE, Curve("other", EPOCHS, STEPS, 20)])
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == [
        "net",
        "other",
    ]
    assert len(figure.data) == 4
    assert figure.data[1].line.color != figure.data[3].line.color


@pytest.mark.parametrize("draw", [charts.accuracy, charts.loss, charts.rate, charts.speed])
def test_every_chart_has_titles_and_keeps_the_zoom(draw: object) -> None:
    layout = draw([CURVE]).layout  # type: ignore[operator]
    assert layout.title.text
    assert layout.xaxis.title.text == "Epoch"
    assert layout.yaxis.title.text
    assert layout.uirevision
    assert layout.height
