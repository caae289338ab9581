"""Damaged runs beside a whole one: every page opens, and the whole one is offered everywhere."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core import paths
from core.data import shape_drawing
from core.data.sources import catalogue
from core.runs.claim import take
from core.runs.create import create_run
from core.runs.store import Run
from lab.pages import pages
from tests import finished_run
from tests.pages.conftest import Open

STATUSES = (
    '{"state": "running", "process": "x"}',
    '{"state": "running", "process": 1' + "0" * 30 + "}",
    '{"state": "running", "heartbeat": null}',
    "[" * 100_000,
    '{"format": 2, "state": "running", "message": "\\ud800"}',
    '{"format": 2, "state": "finished", "created": 1e300, "started": {"steps_per_epoch": -4}}',
)
ROWS = ("[]", "{}", '{"epoch": null}', '{"epoch": 1, "test_accuracy": "high"}', "[" * 5000)
CONFIGS = ("", "[1]", '{"training": {"epochs": 1e30}}', '{"network": {"layers": 5}}', "[" * 5000)


@pytest.fixture
def whole(lab_home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The newest of many runs of which the others are damaged, one file each."""
    images = shape_drawing.make(40, 200)
    record = replace(catalogue.DATA_SETS["shapes"], load=lambda *_, **__: images)
    monkeypatch.setitem(catalogue.DATA_SETS._records, "shapes", record)
    first = finished_run.make(lab_home, images)
    finish(first.folder)

    def damaged(name: str, text: str) -> None:
        folder = create_run(paths.runs_folder(), first.config)
        finish(folder)
        kept = shutil.ignore_patterns("status.json")
        shutil.copytree(first.folder, folder, dirs_exist_ok=True, ignore=kept)
        (folder / name).write_text(text)

    for text in STATUSES:
        damaged("status.json", text)
    for text in ROWS:
        damaged("epochs.jsonl", text + "\n")
        damaged("steps.jsonl", text + "\n")
    for text in CONFIGS:
        damaged("config.json", text)
    for file in ("last.safetensors", "best.safetensors", "predictions-best.safetensors"):
        damaged(file, "no tensors")
    damaged("predictions/epoch-0001.safetensors", "no tensors")
    damaged("environment.json", "[]")
    folder = create_run(paths.runs_folder(), first.config)
    (folder / "status.json").unlink()
    (folder / "status.json").symlink_to("status.json")
    return first


def finish(folder: Path) -> None:
    take(folder).end("finished", "")


@pytest.mark.slow
def test_every_page_opens_and_offers_the_whole_run(whole: Run, open_page: Open) -> None:
    for name in pages():
        page = open_page(name)
        assert not page.exception, name
        if name == "train":
            table = page.dataframe[0].value
            assert len(table) == 1 + len(STATUSES) + 2 * len(ROWS) + len(CONFIGS) + 6
            (row,) = [row for _, row in table.iterrows() if whole.title in row["Run"].split(" · ")]
            assert row["Best"] == pytest.approx(75.0)
        if name == "mistakes":
            options = page.selectbox(key="mistakes_run").options
            assert any(option.startswith(f"{whole.title} ") for option in options)
