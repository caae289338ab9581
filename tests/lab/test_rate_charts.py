import pytest

from core.optim.lr_schedules import SCHEDULES
from lab.charts import learning_rate


def test_the_schedule_shows_growing_images_and_a_plateau_s_example() -> None:
    plateau = learning_rate.schedule(SCHEDULES["plateau"].factor, 0.1, 40, example=True)
    (rate,) = plateau.data
    assert rate.y[0] == 0.1
    assert rate.y[-1] < 0.1, "the example stalls, so that one sees what happens then"
    sides = learning_rate.schedule(SCHEDULES["cosine"].factor, 0.1, 3, (20, 28, 32)).data[1]
    assert (list(sides.x), list(sides.y)) == ([0, 1, 2, 3], [20, 28, 32, 32])


def test_the_range_test_has_a_log_axis_and_marks_the_suggestion() -> None:
    figure = learning_rate.range_test([0.001, 0.01, 0.1, 1.0], [2.3, 2.0, 1.5, 40.0], 0.01)
    assert figure.layout.xaxis.type == "log"
    (mark,) = figure.layout.shapes
    assert (mark.x0, mark.x1) == (0.01, 0.01)
    assert figure.layout.annotations[0].x == pytest.approx(-2.0), "a log axis wants exponents here"
    assert figure.layout.yaxis.range[1] < 4, "the explosion does not press the rest flat"
    assert not learning_rate.range_test([], [], None).layout.shapes
