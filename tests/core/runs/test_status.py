import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.runs import status as statuses
from core.runs.status import SILENT_SECONDS


def test_a_beating_run_of_this_process_is_running() -> None:
    status = replace(statuses.mine(created=1.0), state="running")
    assert statuses.judge(status, time.time()).state == "running"


@pytest.mark.parametrize("state", ["preparing", "running", "paused", "stopping", "queued"])
def test_a_run_whose_process_is_gone_is_interrupted(state: str) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    status = replace(statuses.mine(created=1.0), state=state, process=ended.pid)
    judged = statuses.judge(status, time.time())
    assert judged.state == "interrupted"
    assert "the process that ran it is gone" in judged.message


def test_a_run_that_fell_silent_is_interrupted_wherever_it_was() -> None:
    for host in (statuses.mine(0).host, "another-machine"):
        status = replace(statuses.mine(created=1.0), state="running", host=host)
        soon, late = status.heartbeat + 1, status.heartbeat + SILENT_SECONDS + 1
        assert statuses.judge(status, soon).state == "running"
        assert statuses.judge(status, late).state == "interrupted"


def test_a_waiting_run_need_not_beat() -> None:
    status = replace(statuses.mine(created=1.0), state="queued")
    assert statuses.judge(status, status.heartbeat + 10_000).state == "queued"


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_what_has_ended_stays_as_it_ended(state: str) -> None:
    status = replace(statuses.mine(created=1.0), state=state, process=0, heartbeat=0.0)
    assert statuses.judge(status, time.time()) == status


def test_a_status_of_a_newer_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    plain = {"state": "finished", "process": os.getpid(), "mood": "good"}
    (tmp_path / "status.json").write_text(json.dumps(plain))
    status = statuses.read(tmp_path)
    assert status is not None
    assert status.state == "finished"


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_damaged_status_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "status.json").write_text(content)
    assert statuses.read(tmp_path) is None
