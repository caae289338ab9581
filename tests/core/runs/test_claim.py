"""Two writers: the second is told who holds the run; who was taken over writes nothing more."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.config.run_config import RunConfig
from core.errors import LabError
from core.paths import REPOSITORY
from core.runs import claim as claims
from core.runs import status as statuses
from core.runs.claim import TakenOver, take
from core.runs.create import create_run
from core.runs.store import Run

FIXTURE = REPOSITORY / "tests/fixtures/662d836/runs/20261124-233553-fixture_net-4910"
Python = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return create_run(tmp_path / "runs", RunConfig())


@pytest.fixture
def python(tmp_path: Path) -> Iterator[Python]:
    """Starts Python on a text; whatever still runs is killed afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(source: str, *arguments: object) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", source, *map(str, arguments)],
            cwd=REPOSITORY,
            env={**os.environ, "CIFAR10_LAB_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def content(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def silence(folder: Path) -> None:
    """As if its process had stood still for a minute."""
    status = statuses.read_as_written(folder)
    assert status is not None
    long_ago = replace(status, heartbeat=1.0, heartbeat_uptime=status.heartbeat_uptime - 60)
    statuses.write(folder, long_ago)


def test_who_was_taken_over_notices_before_it_writes(folder: Path) -> None:
    first = take(folder)
    first.update(state="running")
    silence(folder)
    second = take(folder)
    second.update(state="running")
    before = content(folder)
    with (
        pytest.raises(TakenOver, match=f"taken over by process {os.getpid()} on "),
        first.writing(),
    ):
        pytest.fail("it may write")
    with pytest.raises(TakenOver):
        first.update(message="still here")
    first.end("failed", "taken over")
    assert content(folder) == before
    assert first.status.state == "failed"
    with second.writing():
        pass


def test_a_run_in_training_in_this_very_process_is_not_taken_twice(folder: Path) -> None:
    take(folder).update(state="running")
    with pytest.raises(LabError, match=r"is running, held by process .* since \d{4}-\d\d-\d\d"):
        take(folder)


TAKE = """
import sys, time
from pathlib import Path
from core.errors import LabError
from core.runs.claim import take
time.sleep(max(float(sys.argv[2]) - time.time(), 0))
try:
    take(Path(sys.argv[1]))
    print("taken")
except LabError as error:
    print(error)
sys.stdout.flush()
time.sleep(60)
"""


def test_of_four_processes_that_take_a_run_at_once_one_has_it(folder: Path, python: Python) -> None:
    take(folder).end("stopped", "")
    at = time.time() + 3
    processes = [python(TAKE, folder, at) for _ in range(4)]
    said = [process.stdout.readline().strip() for process in processes if process.stdout]
    assert said.count("taken") == 1, said
    winner = processes[said.index("taken")]
    others = [text for text in said if text != "taken"]
    assert all(f"held by process {winner.pid} on " in text for text in others), others


HOLD = """
import sys, time
from core.runs.claim import _locked
from pathlib import Path
with _locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_writer_that_stands_still_in_the_middle_is_named(
    folder: Path, python: Python, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(folder).end("stopped", "")
    holder = python(HOLD, folder)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    monkeypatch.setattr(claims, "WAIT_SECONDS", 0.2)
    with pytest.raises(LabError, match=r"is being written by process .* stands still; end that"):
        take(folder)
    holder.kill()
    holder.wait()
    take(folder)


def test_what_a_killed_writer_left_half_written_is_removed(folder: Path) -> None:
    take(folder).end("stopped", "")
    (folder / "predictions").mkdir()
    left = [folder / ".checkpoint.pt.17.tmp", folder / "predictions/.epoch-0001.safetensors.17.tmp"]
    for path in left:
        path.write_bytes(b"half")
    (folder / "steps.jsonl").write_bytes(b'{"step": 1')
    take(folder)
    assert not any(path.exists() for path in left)
    assert (folder / "steps.jsonl").read_bytes() == b'{"step": 1\n'


def test_a_folder_that_was_deleted_is_not_made_again(folder: Path) -> None:
    claim = take(folder)
    shutil.rmtree(folder)
    with pytest.raises(LabError, match="There is no folder"):
        claim.update(state="running")
    assert not folder.exists()


CLI = """
import sys
from core.runs import status
status.SILENT_SECONDS = float(sys.argv[1])
from core.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def long_run(tmp_path: Path) -> Run:
    """The run of earlier times, stopped after two epochs of what are now 400."""
    copy = tmp_path / "runs" / FIXTURE.name
    shutil.copytree(FIXTURE, copy)
    config = (copy / "config.json").read_text()
    (copy / "config.json").write_text(config.replace('"epochs": 3', '"epochs": 400'))
    return Run(copy)


def resume(python: Python, run: Run, silent_seconds: float = 20.0) -> "subprocess.Popen[str]":
    return python(CLI, silent_seconds, "train", "--resume", run.folder)


@pytest.mark.slow
def test_the_second_resume_of_a_run_says_who_has_it(python: Python, long_run: Run) -> None:
    first = resume(python, long_run)
    wait_for(lambda: long_run.status.state == "running" and len(long_run.epochs()) > 2)
    second = resume(python, long_run)
    _, said = second.communicate(timeout=120)
    assert second.returncode == 1
    assert f"is running, held by process {first.pid} on {long_run.status.owner.host}" in said
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=120)
    assert "Resumed, it goes on after epoch 2." in said
    numbers = [row["epoch"] for row in long_run.epochs()]
    assert numbers == list(range(1, len(numbers) + 1))
    written = (long_run.folder / "epochs.jsonl").read_text().splitlines()
    assert len(written) == len(numbers)


@pytest.mark.slow
def test_a_process_that_was_stopped_and_taken_over_writes_nothing_more(
    python: Python, long_run: Run
) -> None:
    first = resume(python, long_run, silent_seconds=1.0)
    wait_for(lambda: long_run.status.state == "running" and len(long_run.epochs()) > 2)
    _stop_outside_of_a_write(first, long_run)
    time.sleep(2)
    second = resume(python, long_run, silent_seconds=1.0)
    wait_for(lambda: long_run.status.owner.process == second.pid)
    wait_for(lambda: long_run.status.state == "running" and second.poll() is None)
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=120)
    before = content(long_run.folder)
    first.send_signal(signal.SIGCONT)
    _, said = first.communicate(timeout=120)
    assert first.returncode == 1
    assert f"was taken over by process {second.pid} on " in said
    assert content(long_run.folder) == before


def _stop_outside_of_a_write(process: "subprocess.Popen[str]", run: Run) -> None:
    """In the middle of one it holds the lock, and nobody can take the run over."""
    for _ in range(50):
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(claims, "WAIT_SECONDS", 0.2)
                with claims._locked(run.folder):
                    return
        except LabError:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
    pytest.fail("it writes all the time")
