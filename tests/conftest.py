"""What every test stands on: folders of its own, one thread of arithmetic, no question online."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# A busy machine takes longer over an example than hypothesis allows; no test is timed.
hypothesis.settings.register_profile("lab", deadline=None)
hypothesis.settings.load_profile("lab")

# Before anything of the lab is imported: no test may write into the workspace of whoever runs
# it, and albumentations must not ask the network for a newer version.
_session_home = tempfile.TemporaryDirectory(prefix="lab-tests-")
os.environ["CIFAR10_LAB_HOME"] = _session_home.name
os.environ.pop("CIFAR10_LAB_DATA", None)
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of 20,000 generated cases run only where they are asked for by their marker."""
    if "generated" not in config.option.markexpr:
        left_out = [item for item in items if item.get_closest_marker("generated")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty lab folder for this test alone; without it, tests of one session share one."""
    home = tmp_path / "lab-home"
    monkeypatch.setenv("CIFAR10_LAB_HOME", str(home))
    return home


@pytest.fixture(scope="session", autouse=True)
def _clean_up() -> Iterator[None]:
    yield
    _session_home.cleanup()
