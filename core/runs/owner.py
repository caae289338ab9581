"""Which process has a run, and whether it is still there. No clock on the wall is asked.

A process is known by its number and by when it started, for numbers are given again; a machine by
its name and by when it started. Time is counted from the machine's start, so that neither a clock
that is set nor a machine that slept makes a living run look dead.
"""

import os
import secrets
import socket
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Owner:
    """A process that has taken a run on. "" and 0 stand for what the system does not say."""

    process: int = 0
    host: str = ""
    boot: str = ""  # tells one start of the machine from another
    process_start: int = 0  # in the system's ticks since the machine's start
    token: str = ""  # drawn each time that a run is taken on

    @property
    def here(self) -> bool:
        """Whether it is, or was, a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def exists(self) -> bool:
        """Whether the process is there; to be asked only where it is `here`."""
        if self.process <= 0 or (self.boot and self.boot != _boot()):
            return False
        if os.name == "nt":  # there, signal 0 would end the process
            return True
        try:
            os.kill(self.process, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            return True
        return self.process_start in (0, _process_start(self.process))

    @property
    def is_this_process(self) -> bool:
        """Whether it is the one that asks."""
        return self.here and self.process == os.getpid() and self.exists


def this_process() -> Owner:
    """The process that asks, with a new token."""
    process = os.getpid()
    token = secrets.token_hex(8)
    return Owner(process, socket.gethostname(), _boot(), _process_start(process), token)


def uptime() -> float:
    """Seconds that count on whatever the clock is set to; the same in all processes here."""
    return time.monotonic()


@cache
def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _process_start(process: int) -> int:
    """Field 22 of proc_pid_stat(5), counted behind the name, which may hold anything."""
    try:
        stat = (_PROC / str(process) / "stat").read_bytes()
        return int(stat[stat.rindex(b")") + 2 :].split()[19])
    except (OSError, ValueError, IndexError):
        return 0
