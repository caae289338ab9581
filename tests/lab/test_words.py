from pathlib import Path

import pytest

from core.runs.status import STATES
from core.runs.store import Run
from lab import format


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (-3, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (130, "2 min 10 s"),
     (3600, "1 h 00 min"), (7509, "2 h 05 min")],
)  # fmt: skip
def test_durations(seconds: float, said: str) -> None:
    assert format.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "about 10 s"), (44, "about 40 s"), (119, "about 2 min"), (1174, "about 20 min"),
     (5399, "about 1 h 30 min"), (7710, "about 2 h 10 min")],
)  # fmt: skip
def test_a_forecast_is_as_exact_as_it_can_be(seconds: float, words: str) -> None:
    assert format.about(seconds) == words


def test_every_state_has_a_word() -> None:
    assert set(format.STATES) == set(STATES)


def test_a_run_s_name_for_people() -> None:
    run = Run(Path("runs/20261121-140500-modular_97k-ab12"))
    assert format.run_title(run) == "modular_97k ab12 · 21 Nov, 14:05"
    assert format.run_title(Run(Path("something-else"))) == Run(Path("something-else")).title
