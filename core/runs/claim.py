"""One process at a time writes into a run's folder.

Who takes a run on draws a token and writes it into the run's status. Each write is done under a
lock on the folder (flock, by filelock), and only while that token is still there: a process that
was stopped and wakes up after another has taken its run over finds another token, and writes
nothing more. A reader asks for no lock: files take their places whole.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import LabError
from core.files import NotWritten, cannot_write, end_last_line
from core.runs import status as statuses
from core.runs.status import State, Status

WAIT_SECONDS = 10.0  # for another's write, which takes milliseconds


class TakenOver(LabError):
    """Another process goes on with this run."""


class Claim:
    """The right of this process to write into a run's folder, and the status that it writes."""

    def __init__(self, folder: Path, status: Status) -> None:
        self.folder = folder
        self._status = status
        self._threads = threading.RLock()

    @property
    def status(self) -> Status:
        """As it was last written; after the end it stays even where the disk refused it."""
        return self._status

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Inside, no other process writes. Raises TakenOver where another has taken the run."""
        with self._threads, _locked(self.folder):
            found = statuses.read_as_written(self.folder)
            if found is not None and found.owner.token != self._status.owner.token:
                raise TakenOver(
                    f"Run {self.folder.name} was taken over by {_named(found)} while this process "
                    "stood still; it goes on there, and nothing more is written here."
                )
            yield

    def update(self, **changes: object) -> None:
        """Change the status, on disk too, with a sign of life."""
        with self._threads:
            self._status = statuses.beating(replace(self._status, **changes))  # type: ignore[arg-type]
            with self.writing():
                statuses.write(self.folder, self._status)

    def end(self, state: State, message: str) -> None:
        """The run is over: write so, if the disk and another process allow it."""
        with suppress(LabError):
            self.update(state=state, message=message, ended=time.time(), fraction=0.0)


def take(folder: Path) -> Claim:
    """Take on a run that waits for this process or that nobody is at work on; it is queued then.

    Removes what a writer that was killed left half written. Raises LabError where another has it.
    """
    with _locked(folder):
        refuse_if_held(folder)
        old = statuses.read_as_written(folder)
        status = statuses.claimed(old.created if old else time.time(), old.title if old else "")
        _clean(folder)
        statuses.write(folder, status)
    return Claim(folder, status)


def refuse_if_held(folder: Path) -> None:
    """Raises LabError, which says by whom, where a run is alive in another process or thread."""
    found = statuses.read(folder)
    if found is None or not found.alive:
        return
    if found.state == "queued" and found.owner.is_this_process:
        return
    raise LabError(
        f"Run {folder.name} is {found.state}, held by {_named(found)}; wait for it, or stop it "
        "there."
    )


def _named(status: Status) -> str:
    owner = status.owner
    since = status.claimed or status.first_step or status.created
    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since))
    return f"process {owner.process} on {owner.host or 'an unknown machine'} since {clock}"


def _clean(folder: Path) -> None:
    try:
        for left in (*folder.glob(".*.tmp"), *folder.glob("predictions/.*.tmp")):
            left.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(cannot_write(folder, error)) from error
    for name in ("steps.jsonl", "epochs.jsonl"):
        end_last_line(folder / name)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    if not folder.is_dir():  # the lock would make it anew
        raise LabError(f"There is no folder {folder} any more; start a new run.")
    lock = FileLock(folder / ".lock", timeout=WAIT_SECONDS, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        found = statuses.read_as_written(folder)
        holder = _named(found) if found else "another process"
        raise LabError(
            f"Run {folder.name} is being written by {holder}, which stands still; end that process "
            "and try again."
        ) from None
    except (OSError, NotImplementedError) as error:
        reason = error if isinstance(error, OSError) else OSError(str(error))
        raise NotWritten(cannot_write(folder, reason)) from error
    try:
        yield
    finally:
        lock.release()
