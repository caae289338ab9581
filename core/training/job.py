"""One run that the runner has taken on: its settings, what is asked of it, and its training."""

import ctypes
import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from core.config.run_config import RunConfig
from core.data.image_set import ImageSet
from core.errors import LabError
from core.events import Event
from core.runs.claim import Claim
from core.runs.recorder import Recorder
from core.runs.status import State
from core.runs.store import Run
from core.training.loop import fit

log = logging.getLogger(__name__)


class Forced(BaseException):
    """Thrown into a training thread that did not stop when it was asked to."""


class Job:
    """`stop` and `go` are what was asked for; `go` is cleared while the run is paused."""

    def __init__(self, run: Run, config: RunConfig, claim: Claim, resume: bool) -> None:
        self.run = run
        self.config = config
        self.claim = claim
        self.resume = resume
        self.stop = threading.Event()
        self.go = threading.Event()
        self.go.set()
        self.thread: threading.Thread | None = None
        self._forced = False

    def train(self, load: Callable[..., ImageSet]) -> None:
        """Train until the end, and record how it ended; raises nothing."""
        recorder = Recorder(self.claim, self.config)

        def on_event(event: Event) -> None:
            if self._forced:
                raise Forced
            recorder(event)

        state: State = "failed"
        message = ""
        try:
            checkpoint = self.run.checkpoint() if self.resume else None
            fit(self.config, on_event, self._should_stop, load=load, checkpoint=checkpoint)
            return  # the last event ended it
        except Forced:
            state, message = "stopped", "Stopped at once, in the middle of a step."
        except LabError as error:
            message = str(error)
            log.info("run %s ended: %s", self.run.name, message)
        except Exception as error:
            log.exception("run %s failed", self.run.name)
            message = f"A defect of the lab ended this run: {type(error).__name__}: {error}"
        finally:
            if recorder.status.alive:
                recorder.close(state, message)

    def ask_to_stop(self) -> None:
        """Stop before the next step; asked a second time, stop in the middle of one."""
        again = self.stop.is_set()
        self.stop.set()
        self.go.set()
        if again:
            self._force()
        else:
            with suppress(LabError):
                self.claim.update(state="stopping", message="Stopping at the next step")

    def _should_stop(self) -> bool:
        """Asked by the loop before every step; waits here while paused."""
        if not self.go.is_set() and not self.stop.is_set():
            self.claim.update(state="paused")
            self.go.wait()
            if not self.stop.is_set():
                self.claim.update(state="running")
        return self.stop.is_set()

    def _force(self) -> None:
        """Raise in the thread at its next bytecode: a step that hangs in C is beyond anybody."""
        self._forced = True
        if self.thread is not None and self.thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.thread.ident), ctypes.py_object(Forced)
            )
