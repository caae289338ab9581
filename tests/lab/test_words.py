import pytest

from core.runs.status import STATES
from lab import words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (-3, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (130, "2 min 10 s"),
     (3600, "1 h 00 min"), (7509, "2 h 05 min")],
)  # fmt: skip
def test_durations(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


def test_every_state_has_a_word() -> None:
    assert set(words.STATES) == set(STATES)


def test_a_run_s_name_for_people() -> None:
    assert words.run_title("20261121-140500-modular_97k-ab12").startswith("modular_97k · 21 Nov, ")
    assert words.run_title("something-else") == "something-else"
