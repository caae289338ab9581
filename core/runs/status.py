"""How a run is doing, as its folder tells it: state, process and heartbeat.

A run that is stuck at "running" after its process died is what users of local trackers complain
of most; so the file says which process beats and when it last did, and readers judge by that.
"""

import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from core import old_names
from core.files import write_json

BEAT_SECONDS = 2.0
SILENT_SECONDS = 20.0  # ten beats missed: on a busy machine one or two are

ALIVE = ("queued", "preparing", "running", "paused", "stopping")
STATES = (*ALIVE, "finished", "stopped", "failed", "interrupted")


@dataclass(frozen=True)
class Status:
    """What `status.json` holds. Times are seconds since 1970; counts are 0 until they are known."""

    state: str = "queued"
    message: str = ""  # one sentence: what is being done, or why it ended
    fraction: float = 0.0  # of what `message` says is being done, 0 to 1
    created: float = 0.0
    started: float = 0.0  # first step
    ended: float = 0.0
    heartbeat: float = 0.0
    process: int = 0
    host: str = ""
    device: str = ""
    device_title: str = ""
    engine: str = ""
    note: str = ""  # why this engine, what was not done as asked, what must be said of the images
    data_title: str = ""
    train_images: int = 0
    test_images: int = 0
    parameters: int = 0
    steps_per_epoch: int = 0
    precision: str = ""
    compiled: bool = False
    replicas: int = 1  # parts of a batch that are learned from at the same time
    evaluated: str = "test images"  # or "held-out training images"

    @property
    def alive(self) -> bool:
        """Whether a process is at work on it, or has it in its queue."""
        return self.state in ALIVE


def mine(created: float) -> Status:
    """The status of a run that this process has just taken on."""
    return Status(
        created=created, process=os.getpid(), host=socket.gethostname(), heartbeat=time.time()
    )


def write(folder: Path, status: Status) -> None:
    """Put `status` into a run's folder; raises LabError when that cannot be done."""
    write_json(folder / "status.json", asdict(status))


def read(folder: Path) -> Status | None:
    """The status as its folder tells it now, a dead process's run as interrupted; None if none."""
    try:
        plain = json.loads((folder / "status.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(plain, Mapping):
        return None
    return judge(_from_dict(plain), time.time())


def judge(status: Status, now: float) -> Status:
    """`status`, or `interrupted` where it claims to be alive and nobody is there any more."""
    if not status.alive:
        return status
    here = status.host == socket.gethostname()
    if here and not _process_exists(status.process):
        reason = "the process that ran it is gone"
    elif here and status.state == "queued":
        return status  # only what trains has a thread that beats
    elif now - status.heartbeat > SILENT_SECONDS:
        reason = f"nothing was heard of it for {now - status.heartbeat:.0f} s"
    else:
        return status
    done = "It waited in the queue" if status.state == "queued" else "It was interrupted"
    message = f"{done}: {reason}."
    return replace(status, state="interrupted", ended=status.heartbeat, message=message)


def _process_exists(process: int) -> bool:
    if process <= 0:
        return False
    if os.name == "nt":  # there, signal 0 would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _from_dict(plain: Mapping[str, Any]) -> Status:
    known = {entry.name for entry in fields(Status)}
    today = old_names.renamed(plain, old_names.STATUS)
    return Status(**{name: value for name, value in today.items() if name in known})
