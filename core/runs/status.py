"""How a run is doing, as recorded in its folder: state, process and the last sign of life.

A run that is stuck at "running" after its process died is what users of local trackers complain
of most; so the file says which process has the run and when it last gave a sign of life, and
readers go by that.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from core.errors import LabError
from core.events import Started
from core.files import read_json, write_json
from core.old_names import STATUS, renamed
from core.runs import schema
from core.runs.owner import Owner, this_process, uptime

FORMAT = 2
HEARTBEAT_SECONDS = 2.0
SILENT_SECONDS = 20.0  # ten heartbeats missed: on a busy machine one or two are

Alive = Literal["queued", "preparing", "running", "paused", "stopping"]
State = Alive | Literal["finished", "stopped", "failed", "interrupted"]
ALIVE: tuple[str, ...] = get_args(Alive)
STATES: tuple[str, ...] = (*ALIVE, "finished", "stopped", "failed", "interrupted")

# What `Status.started` is before the first step: nothing is known, and counts are 0.
NOT_STARTED = Started(
    device="", device_title="", engine="", note="", data_title="", class_names=(),
    mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), train_images=0, test_images=0, parameters=0,
    steps_per_epoch=0, first_epoch=1, precision="",
)  # fmt: skip
NOBODY = Owner()


@dataclass(frozen=True)
class Status:
    """What `status.json` holds. Times are seconds since 1970, and 0 until they have come."""

    state: State = "queued"
    message: str = ""  # one sentence: what is being done, or why it ended
    fraction: float = 0.0  # of what `message` says is being done, 0 to 1
    created: float = 0.0
    claimed: float = 0.0  # when its process took it on
    first_step: float = 0.0  # of this process: a run that is resumed has another
    ended: float = 0.0
    heartbeat: float = 0.0
    heartbeat_uptime: float = 0.0  # the same moment in seconds of the machine's own count
    title: str = ""  # its name on screens, no other run's
    owner: Owner = NOBODY
    started: Started = NOT_STARTED  # the event, whole

    @property
    def alive(self) -> bool:
        """Whether a process is at work on it, or has it in its queue."""
        return self.state in ALIVE


def claimed(created: float, title: str = "") -> Status:
    """The status of a run that this process has just taken on."""
    now = time.time()
    return beating(Status(created=created, claimed=now, owner=this_process(), title=title))


def beating(status: Status) -> Status:
    """`status` with a sign of life of this moment."""
    return replace(status, heartbeat=time.time(), heartbeat_uptime=uptime())


def write(folder: Path, status: Status) -> None:
    """Put `status` into a run's folder; raises LabError when that cannot be done."""
    write_json(folder / "status.json", {"format": FORMAT, **asdict(status)})


def read(folder: Path) -> Status | None:
    """The status as it is now: interrupted where the process died; None where there is none."""
    status = read_as_written(folder)
    return status and assess(status, time.time(), uptime())


def read_as_written(folder: Path) -> Status | None:
    """The status as it was last written; None where there is none or it is damaged."""
    try:
        return schema.made(Status, _upgraded(read_json(folder / "status.json")))
    except (LabError, ValueError):
        return None


def assess(status: Status, now: float, now_uptime: float) -> Status:
    """`status`, or `interrupted` where it claims to be alive and nobody is there any more.

    `now` is the clock's time and counts where the process is on another machine, or where its
    status was written by a version that wrote nothing else; else `now_uptime` does.
    """
    if not status.alive:
        return status
    owner, silent = status.owner, now - status.heartbeat
    if owner.here and status.heartbeat_uptime:
        silent = now_uptime - status.heartbeat_uptime
    restarted = silent < -1 and status.heartbeat_uptime  # the machine, and its count with it
    if owner.here and (restarted or not owner.exists):
        return _interrupted(status, "the process that ran it is gone")
    if owner.here and status.state == "queued":
        return status  # only what trains has a thread that gives signs of life
    if silent > SILENT_SECONDS:
        return _interrupted(status, f"nothing was heard of it for {silent:.0f} s")
    return status


def _interrupted(status: Status, reason: str) -> Status:
    done = "It waited in the queue" if status.state == "queued" else "It was interrupted"
    message = f"{done}: {reason}."
    return replace(status, state="interrupted", ended=status.heartbeat, message=message)


def _upgraded(plain: object) -> object:
    """What a status file of any version holds, in the form of this one.

    In the first format, which had no number, the owner's fields and the event's lay beside the
    others, and the event was not whole.
    """
    if not isinstance(plain, Mapping) or "format" in plain:
        return plain
    old = renamed(plain, STATUS)
    old["owner"] = {name: old.pop(name) for name in ("process", "host") if name in old}
    event = asdict(NOT_STARTED)
    old["started"] = {name: old.pop(name, value) for name, value in event.items()}
    return old
