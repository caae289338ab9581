"""Time left, against arithmetic by hand."""

import pytest

from core.config.run_config import TrainingConfig
from lab.train.remaining import seconds_left


def rows(*speeds: float, pause_after: int = -1) -> list[dict[str, float]]:
    """A row every 10 steps of 100 images; `time` goes on during a pause, speed does not."""
    made, time = [], 0.0
    for place, speed in enumerate(speeds):
        time += 1000 / speed + (50 if place == pause_after else 0)
        made.append({"step": 10 * (place + 1), "images_per_second": speed, "time": time})
    return made


def test_the_pace_of_the_steps_is_carried_on() -> None:
    training = TrainingConfig(epochs=2, batch_size=100)
    # Steps 11 to 30 took 2 x 1,000 / 500 = 4 s; 70 of 100 are to come: 14 s, and two tests of 3 s.
    left = seconds_left(training, 50, rows(500, 500, 500), [])
    assert left == pytest.approx(14)
    tested = [{"test_seconds": 3.0}]
    assert seconds_left(training, 50, rows(500, 500, 500), tested) == pytest.approx(17)


def test_a_pause_is_no_part_of_the_pace() -> None:
    training = TrainingConfig(epochs=2, batch_size=100)
    paused = rows(500, 500, 500, pause_after=1)
    assert paused[-1]["time"] - paused[0]["time"] == 54, "it was paused for 50 s"
    assert seconds_left(training, 50, paused, []) == pytest.approx(14)


def test_small_images_of_the_first_epochs_cost_less() -> None:
    training = TrainingConfig(epochs=4, batch_size=100, initial_image_size=16)
    left = seconds_left(training, 10, rows(500, 500), [])
    # Epoch 2 alone was timed, 2 s; what epochs 3 and 4 cost goes with their images' area.
    from core.training.progressive_resizing import image_size

    areas = [image_size(16, 32, epoch, 4) ** 2 for epoch in (1, 2, 3, 4)]
    assert left == pytest.approx(2.0 * (areas[2] + areas[3]) / areas[1])
    assert areas[2] > areas[1], "or this would test nothing"


def test_nothing_is_said_before_there_is_a_pace() -> None:
    assert seconds_left(TrainingConfig(), 50, rows(500), []) is None
