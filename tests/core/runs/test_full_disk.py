"""A disk that fills up at any write: the run says so, and goes on from its last whole epoch."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from core import files
from core.config.run_config import RunConfig
from core.errors import LabError
from core.runs import resume
from core.runs import status as statuses
from core.runs.claim import take
from core.runs.create import create_run
from core.runs.store import Run
from core.training.job import Job
from tests.core.conftest import Configure, Load, without_dropout

EPOCHS = 3
T = TypeVar("T")


class Disk:
    """Counts writes and refuses one of them, or all from that one on."""

    def __init__(self, refused: int, *, and_later: bool = False) -> None:
        self.refused, self.and_later, self.writes = refused, and_later, 0
        self._write = files._write

    def __call__(self, descriptor: int, content: bytes) -> None:
        self.writes += 1
        if self.writes == self.refused or (self.and_later and self.writes > self.refused):
            os.write(descriptor, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._write(descriptor, content)


@pytest.fixture
def config(tiny: Configure) -> RunConfig:
    return without_dropout(tiny(epochs=EPOCHS, ema_decay=0.9))


def train(folder: Path, config: RunConfig, load: Load) -> Run:
    run = Run(create_run(folder, config))
    Job(run, config, take(run.folder), resume=False).train(load)
    return run


def go_on(run: Run, load: Load) -> None:
    claim, checkpoint = resume.take_on(run)
    Job(run, run.config, claim, resume=checkpoint is not None).train(load)


def error_of(action: Callable[[], T]) -> T | str:
    try:
        return action()
    except LabError as error:
        return str(error)


def figures(run: Run) -> list[tuple[float, ...]]:
    names = ("epoch", "train_loss", "test_loss", "test_accuracy", "ema_loss")
    return [tuple(row[name] for name in names) for row in run.epochs()]


def no_row_stands_without_its_checkpoint(run: Run) -> None:
    rows = run.epochs()
    if rows:
        assert run.checkpoint().epoch >= rows[-1]["epoch"]
    for which in ("best", "last"):
        predictions = run.predictions(which)
        assert predictions is None or run.checkpoint().epoch >= predictions.epoch


def as_if_its_process_had_ended(run: Run) -> None:
    status = statuses.read_as_written(run.folder)
    assert status is not None
    if status.alive:
        statuses.write(run.folder, replace(status, owner=replace(status.owner, process=2**22 + 1)))


@pytest.mark.slow
def test_whatever_write_finds_no_room_nothing_is_lost(
    tmp_path: Path, config: RunConfig, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = figures(train(tmp_path / "undisturbed", config, load))
    assert len(undisturbed) == EPOCHS
    refused, states = 0, []
    while True:
        refused += 1
        disk = Disk(refused)
        with monkeypatch.context() as patch:
            patch.setattr(files, "_write", disk)
            made = error_of(lambda to=tmp_path / str(refused): train(to, config, load))
        if isinstance(made, str):  # before there was a run
            assert "The disk is full" in made
            continue
        run = made
        if disk.writes < refused:
            break
        no_row_stands_without_its_checkpoint(run)
        status = statuses.read_as_written(run.folder)
        assert status is not None
        states.append(status.state)
        if status.state == "failed":
            assert "The disk is full" in status.message
            assert "are needed" in status.message
            whole = run.checkpoint().epoch if run.has_checkpoint else 0
            assert status.message.endswith(resume.continues(whole))
        as_if_its_process_had_ended(run)
        said = error_of(lambda run=run: go_on(run, load))
        assert said is None or "has done all its 3 epochs" in said
        assert run.status.state == "finished", (refused, run.status.message)
        assert figures(run) == undisturbed, refused
        assert not list(run.folder.rglob("*.tmp"))
    assert states.count("failed") > 3 * 7  # every file of every epoch, and more
    assert set(states) <= {"failed", "running"}  # where not even the end could be written


def test_a_disk_that_stays_full_interrupts_the_run_and_no_more(
    tmp_path: Path, config: RunConfig, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: Callable[..., None] = files.write_together
    disk = Disk(10**6, and_later=True)

    def second_epoch(contents: dict[Path, bytes]) -> None:
        if any(path.name == "epoch-0002.safetensors" for path in contents):
            disk.refused = disk.writes + 3
        whole(contents)

    monkeypatch.setattr("core.runs.recorder.write_together", second_epoch)
    with monkeypatch.context() as patch:
        patch.setattr(files, "_write", disk)
        run = train(tmp_path, config, load)
    no_row_stands_without_its_checkpoint(run)
    assert [row["epoch"] for row in run.epochs()] == [1]
    as_if_its_process_had_ended(run)
    assert run.status.state == "interrupted"
    go_on(run, load)
    assert [row["epoch"] for row in run.epochs()] == [1, 2, 3]
    assert run.status.state == "finished"


def test_a_run_that_finished_no_epoch_begins_again(
    tmp_path: Path, config: RunConfig, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(contents: dict[Path, bytes]) -> None:
        raise files.NotWritten("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("core.runs.recorder.write_together", full)
        run = train(tmp_path, config, load)
    assert (
        run.status.message == "The disk is full. No epoch was finished: resumed, it begins again."
    )
    assert run.epochs() == []
    go_on(run, load)
    assert [row["epoch"] for row in run.epochs()] == [1, 2, 3]
