import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.runs import status as statuses
from core.runs.owner import uptime
from core.runs.status import SILENT_SECONDS


def test_a_beating_run_of_this_process_is_running() -> None:
    status = replace(statuses.claimed(created=1.0), state="running")
    assert statuses.assess(status, time.time(), uptime()).state == "running"


@pytest.mark.parametrize("state", ["preparing", "running", "paused", "stopping", "queued"])
def test_a_run_whose_process_is_gone_is_interrupted(state: str) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    claimed = statuses.claimed(created=1.0)
    status = replace(claimed, state=state, owner=replace(claimed.owner, process=ended.pid))
    assessed = statuses.assess(status, time.time(), uptime())
    assert assessed.state == "interrupted"
    assert "the process that ran it is gone" in assessed.message


def test_a_run_that_fell_silent_is_interrupted_wherever_it_was() -> None:
    claimed = statuses.claimed(0)
    for host in (claimed.owner.host, "another-machine"):
        status = replace(claimed, state="running", owner=replace(claimed.owner, host=host))
        soon, late = 1, SILENT_SECONDS + 1
        for seconds, state in ((soon, "running"), (late, "interrupted")):
            now = (status.heartbeat + seconds, status.heartbeat_uptime + seconds)
            assert statuses.assess(status, *now).state == state


def test_a_clock_that_is_set_an_hour_on_or_back_interrupts_nothing_here() -> None:
    status = replace(statuses.claimed(created=1.0), state="running")
    for jump in (-3600, 3600):
        assessed = statuses.assess(status, status.heartbeat + jump, status.heartbeat_uptime + 1)
        assert assessed.state == "running"
        late = status.heartbeat_uptime + SILENT_SECONDS + 1
        assert statuses.assess(status, status.heartbeat + jump, late).state == "interrupted"


def test_a_machine_that_started_again_has_none_of_its_processes() -> None:
    """Where the system does not say which start of the machine it is, its count does."""
    claimed = replace(statuses.claimed(created=1.0), state="running")
    status = replace(claimed, owner=replace(claimed.owner, boot="", process_start=0))
    assert statuses.assess(status, time.time(), uptime()).state == "running"
    assessed = statuses.assess(status, time.time() + 60, status.heartbeat_uptime - 60)
    assert assessed.state == "interrupted"


def test_a_process_whose_number_was_given_again_is_gone() -> None:
    claimed = replace(statuses.claimed(created=1.0), state="running")
    if not claimed.owner.process_start:
        pytest.skip("this system does not tell when a process started")
    other = replace(claimed.owner, process_start=claimed.owner.process_start - 1)
    rebooted = replace(claimed.owner, boot="another start of the machine")
    for owner in (other, rebooted):
        assessed = statuses.assess(replace(claimed, owner=owner), time.time(), uptime())
        assert assessed.state == "interrupted"
        assert "the process that ran it is gone" in assessed.message


def test_a_waiting_run_need_not_beat() -> None:
    status = replace(statuses.claimed(created=1.0), state="queued")
    assert statuses.assess(status, status.heartbeat + 10_000, uptime() + 10_000).state == "queued"


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_what_has_ended_stays_as_it_ended(state: str) -> None:
    status = statuses.Status(state=state, created=1.0)
    assert statuses.assess(status, time.time(), uptime()) == status


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
