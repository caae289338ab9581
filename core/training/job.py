"""One run that the runner has taken on."""

import ctypes
import threading

from core.config.run_config import RunConfig
from core.runs.recorder import Recorder
from core.runs.status import State
from core.runs.store import Run


class Forced(BaseException):
    """Thrown into a training thread that did not stop when it was asked to."""


class Job:
    """One run that this process has taken on: its wishes (pause, stop) and its thread."""

    def __init__(self, run: Run, config: RunConfig, resume: bool) -> None:
        self.run = run
        self.config = config
        self.resume = resume
        self.stop = threading.Event()
        self.go = threading.Event()  # cleared while paused
        self.go.set()
        self.thread: threading.Thread | None = None
        self.recorder: Recorder | None = None
        self.forced = False

    def should_stop(self) -> bool:
        """Asked by the loop before every step; waits here while paused."""
        if not self.go.is_set() and not self.stop.is_set():
            self._set_state("paused")
            self.go.wait()
            if not self.stop.is_set():
                self._set_state("running")
        return self.stop.is_set()

    def force(self) -> None:
        """Raise in the thread at its next bytecode: a step that hangs in C is beyond anybody."""
        self.forced = True
        if self.thread is not None and self.thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.thread.ident), ctypes.py_object(Forced)
            )

    def _set_state(self, state: State) -> None:
        if self.recorder is not None:
            self.recorder.update(state=state)
