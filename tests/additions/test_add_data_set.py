"""A data set is added by one file: menus, command line, Home and loading then know it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.paths import REPOSITORY

ADDED = '''
"""Two colors, for a test."""

from core.data.image_set import ImageSet
from core.data.record import DataSetRecord
from core.progress import Progress, silent


def load(progress: Progress = silent, *, download: bool = False) -> ImageSet:
    """Ten images of each color."""
    import torch

    labels = torch.arange(20) % 2
    images = (labels * 200 + 20).to(torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 32, 32)
    images = images.contiguous()
    return ImageSet(
        "dark_or_light", "Dark or light", images, labels, images, labels, ("dark", "light"),
        (0.5,) * 3, (0.25,) * 3,
    )


RECORD = DataSetRecord(
    name="dark_or_light", title="Dark or light", label="Dark or light", license="CC0-1.0",
    content="patches", images=40, classes=2, load=load,
)
'''


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with one file more."""
    place = tmp_path_factory.mktemp("added") / "lab"
    left_out = shutil.ignore_patterns("__pycache__", "screenshots", "weights")
    for room in ("core", "lab", "pages", "assets"):
        shutil.copytree(REPOSITORY / room, place / room, ignore=left_out)
    (place / "core" / "data" / "sources" / "dark_or_light.py").write_text(ADDED)
    return place


def _python(copy: Path, *arguments: str) -> str:
    environment = {**os.environ, "CIFAR10_LAB_HOME": str(copy / "workspace")}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_it_is_offered_and_documented(copy: Path) -> None:
    code = (
        "import json; from core.data.sources import catalogue; "
        "print(json.dumps([[c.source, c.title, c.ready, c.detail] for c in catalogue.choices()])); "
        "print(json.dumps(catalogue.as_markdown()))"
    )
    offered, table = map(json.loads, _python(copy, "-c", code).splitlines())
    assert ["dark_or_light", "Dark or light", True, "40 patches in 2 classes"] in offered
    assert "| Dark or light | 40 patches in 2 classes | none | CC0-1.0 |" in table
    assert "dark_or_light" in _python(copy, "-m", "core", "train", "--help")


def test_home_lists_it(copy: Path) -> None:
    code = (
        "from streamlit.testing.v1 import AppTest; "
        "app = AppTest.from_file('lab/Home.py', default_timeout=100).run(); "
        "assert not app.exception, app.exception; import json; "
        "print(json.dumps([element.value for element in app.markdown])); "
        "print(json.dumps([box.options for box in app.sidebar.selectbox]))"
    )
    texts, menus = map(json.loads, _python(copy, "-c", code).splitlines())
    assert any("Dark or light" in text for text in texts)
    assert "Dark or light" in menus[0]


def test_it_is_trained_on(copy: Path) -> None:
    _python(
        copy, "-m", "core", "train", "--data", "dark_or_light", "--epochs", "1", "--device", "cpu",
        "--batch-size", "10", "--policy", "none",
    )  # fmt: skip
    (run,) = (copy / "workspace" / "runs").iterdir()
    assert json.loads((run / "config.json").read_text())["data"] == "dark_or_light"
    (epoch,) = (run / "epochs.jsonl").read_text().splitlines()
    assert json.loads(epoch)["test_accuracy"] in (0.0, 50.0, 100.0)  # images of a class are alike
