"""A schedule is added by one record: menus, command line, documentation and report know it."""

from pathlib import Path

import pytest

from tests.additions.trained import found_with

RECORD = '''

def inverse_root(progress: float, losses: Sequence[float] = ()) -> float:
    """One over the root of ten times the progress, from a tenth of the training on."""
    return min(1.0, 1 / math.sqrt(10 * progress)) if progress else 1.0


SCHEDULES.add(
    "inverse_root", ScheduleRecord("Inverse root", "Falls ever more slowly.", inverse_root)
)
'''


@pytest.mark.slow
def test_a_schedule_is_one_record(tmp_path: Path) -> None:
    options = ("--schedule", "inverse_root", "--learning-rate", "0.1")
    found = found_with(tmp_path, "core/optim/lr_schedules.py", RECORD, *options)
    assert "constant, inverse_root" in " ".join(found["help"].split())
    assert "inverse_root: Inverse root. Falls ever more slowly." in found["settings"]
    assert found["config"]["training"]["schedule"] == "inverse_root"
    assert "| Schedule | Inverse root |" in found["report"]
    assert "Inverse root" in found["menus"]["schedule"]
    steps = 40  # 10,000 images in batches of 256
    last = 2 * steps - 1
    assert found["rows"][1]["learning_rate"] == pytest.approx(
        0.1 / (10 * last / (2 * steps)) ** 0.5
    )
