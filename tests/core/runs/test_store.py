import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from core import files
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.errors import LabError
from core.events import Stepped
from core.runs import history, store
from core.runs.create import create_run
from core.runs.follow import MAX_FOLLOWERS, Follower, Followers
from core.runs.store import Run
from tests.finished_run import write_epoch


def write_step(run: Run, step: int, loss: float) -> None:
    row = Stepped(1, step, loss, accuracy=10.0, learning_rate=0.1, images_per_second=500.0)
    files.append_line(run.folder / "steps.jsonl", asdict(row))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(create_run(tmp_path / "runs", RunConfig(training=TrainingConfig(epochs=4))))


def test_a_new_run_is_waiting_and_known(run: Run) -> None:
    assert run.status.state == "queued"
    assert run.status.owner.process == os.getpid()
    assert run.progress() == 0.0
    assert run.epochs() == []
    assert run.predictions() is None
    assert run.prediction_history() == []
    assert store.list_runs(run.folder.parent) == [run]
    assert store.open_run(run.folder.parent, run.name) == run


def test_runs_are_listed_newest_first_and_nothing_else(tmp_path: Path) -> None:
    for name in ("20260101-000000-a-1111", "20260301-000000-b-2222", "20260201-000000-c-3333"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    (tmp_path / "notes").mkdir()
    (tmp_path / "file").touch()
    names = [run.name[:8] for run in store.list_runs(tmp_path)]
    assert names == ["20260301", "20260201", "20260101"]
    assert store.list_runs(tmp_path / "nowhere") == []


@pytest.mark.parametrize("name", ["../runs", "..", ".", "a/b", "", "a" * 200, ".hidden", "x\ny"])
def test_a_name_that_is_a_path_is_refused(run: Run, name: str) -> None:
    with pytest.raises(LabError, match="is no run's name"):
        store.open_run(run.folder.parent, name)


def test_an_unknown_run_names_the_newest(run: Run) -> None:
    with pytest.raises(LabError, match=f"There is no run 'nothing' in .*{run.name}"):
        store.open_run(run.folder.parent, "nothing")


@pytest.mark.parametrize("content", ["", "{", '{"color": 1}', '{"training": {"epochs": 0}}'])
def test_settings_that_cannot_be_read_are_one_sentence(run: Run, content: str) -> None:
    (run.folder / "config.json").write_text(content)
    with pytest.raises(LabError) as told:
        _ = Run(run.folder).config
    assert "\n" not in str(told.value)


def test_work_that_was_done_twice_counts_once(run: Run) -> None:
    """Killed after epoch 2's row and before its checkpoint, then resumed from epoch 1."""
    steps = [(1, 2.0), (2, 1.9), (3, 1.8), (4, 1.7), (3, 1.5), (4, 1.4), (5, 1.3)]
    for step, loss in steps:
        write_step(run, step, loss)
    for epoch, accuracy in [(1, 50.0), (2, 60.0), (2, 61.0), (3, 70.0)]:
        write_epoch(run, epoch, accuracy)
    assert [row["loss"] for row in run.steps()] == [2.0, 1.9, 1.5, 1.4, 1.3]
    assert [row["test_accuracy"] for row in run.epochs()] == [50.0, 61.0, 70.0]
    assert (run.last_step()["step"], run.last_step()["loss"]) == (5, 1.3)


def test_following_reads_on_and_sees_what_reading_sees(run: Run) -> None:
    follower = Follower(run)
    assert follower.rows("steps") == []
    for batch in ([1, 2, 3], [2, 3, 4], [5]):
        for step in batch:
            write_step(run, step, float(batch[0]))
        assert follower.rows("steps") == run.steps()
    assert [row["step"] for row in follower.rows("steps")] == [1, 2, 3, 4, 5]


def test_followers_are_bounded(tmp_path: Path) -> None:
    followers = Followers()
    first = followers.of(Run(tmp_path / "0"))
    assert followers.of(Run(tmp_path / "0")) is first
    for index in range(MAX_FOLLOWERS + 1):
        followers.of(Run(tmp_path / str(index)))
    assert len(followers._followers) == MAX_FOLLOWERS


def test_a_run_that_is_alive_is_not_deleted(run: Run) -> None:
    with pytest.raises(LabError, match="stop it before deleting"):
        store.delete(run)
    status = json.loads((run.folder / "status.json").read_text())
    (run.folder / "status.json").write_text(json.dumps({**status, "state": "stopped"}))
    store.delete(run)
    assert not run.folder.exists()


def test_a_run_without_an_epoch_has_no_weights_to_give(run: Run) -> None:
    with pytest.raises(LabError, match="has no weights yet"):
        run.weights_path("best")
    with pytest.raises(LabError, match="has no checkpoint yet"):
        run.checkpoint()


def test_a_damaged_checkpoint_is_said(run: Run) -> None:
    (run.folder / "checkpoint.pt").write_bytes(b"half of someth")
    with pytest.raises(LabError, match="cannot be read; start a new run"):
        run.checkpoint()


def test_titles_tell_runs_of_one_network_apart(tmp_path: Path) -> None:
    def titled(network: str) -> str:
        return Run(create_run(tmp_path, RunConfig(network=NetworkConfig(network)))).title

    assert [titled("sprint"), titled("summit"), titled("sprint")] == [
        "sprint #1",
        "summit #1",
        "sprint #2",
    ]
    shutil.rmtree(next(run.folder for run in store.list_runs(tmp_path) if run.title == "sprint #1"))
    assert titled("sprint") == "sprint #3"


def test_runs_of_earlier_versions_have_titles_too(tmp_path: Path) -> None:
    for name, title in (
        ("20261124-233553-fixture_net-4910", "fixture_net 4910"),
        ("20261124-233553-a-b-4911", "a-b 4911"),
        ("mine", "mine"),
    ):
        assert Run(tmp_path / name).title == title


@pytest.mark.parametrize(("classes", "bits"), [(10, 8), (256, 8), (257, 16), (70_000, 64)])
def test_a_predicted_class_is_remembered_whatever_its_number(
    run: Run, classes: int, bits: int
) -> None:
    predicted = np.array([0, 43, classes - 1], dtype=np.int64)
    confidence = np.array([0.5, 0.25, 1.0], dtype=np.float32)
    (run.folder / "predictions").mkdir()
    path = history.path(run.folder / "predictions", 7)
    path.write_bytes(history.to_bytes(predicted, confidence, classes))
    ((epoch, found, sure),) = run.prediction_history()
    assert epoch == 7
    assert found.tolist() == predicted.tolist()
    assert sure.tolist() == confidence.tolist()
    assert found.dtype.itemsize * 8 == bits
