"""The learning-rate range test behind the Train page: one at a time, in a thread. No Streamlit."""

import atexit
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.config.run_config import RunConfig
from core.errors import LabError

if TYPE_CHECKING:
    from core.training.range_test import RangeTest

log = logging.getLogger(__name__)
STEPS = 100


class Trial:
    """One test: how far it is, what it measured, and how it ended. Read by any thread."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.rates: list[float] = []
        self.losses: list[float] = []  # smoothed
        self.result: RangeTest | None = None
        self.problem = ""  # why there is no result
        self._canceled = threading.Event()
        self._ended = threading.Event()

    @property
    def alive(self) -> bool:
        return not self._ended.is_set()

    @property
    def progress(self) -> float:
        """Share of the steps that are done, 0 to 1; it may end sooner, where the loss explodes."""
        return min(len(self.rates) / STEPS, 1.0)

    def cancel(self, why: str = "Canceled.") -> None:
        """Stop at the next step; a result that is there is kept."""
        if self.alive:
            self.problem = why
            self._canceled.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end; whether it came."""
        return self._ended.wait(seconds)

    def work(self, measure: Callable[..., "RangeTest"], load: Callable[..., Any]) -> None:
        """The test itself, in a thread of its own."""
        try:
            made = measure(self.config, self._point, self._canceled.is_set, load=load, steps=STEPS)
            if not self._canceled.is_set():
                self.result = made
        except LabError as error:
            self.problem = str(error)
        except Exception as error:
            log.exception("the range test failed")
            self.problem = f"A defect of the lab ended the test: {type(error).__name__}: {error}"
        finally:
            self._ended.set()

    def _point(self, rate: float, loss: float) -> None:
        self.losses.append(loss)
        self.rates.append(rate)


class Trials:
    """The server's: a second test would slow the first, and its steps the first's drawing."""

    def __init__(self, load: Callable[..., Any]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._current: Trial | None = None
        atexit.register(self.make_way)  # Python cannot end while torch calculates in a thread

    @property
    def busy(self) -> bool:
        return self._current is not None and self._current.alive

    def start(self, config: RunConfig) -> Trial:
        """Begin a test of these settings; raises LabError while another one is at work."""
        from core.training.range_test import range_test

        with self._lock:
            if self.busy:
                raise LabError(
                    "Somebody else's range test is at work on this server; wait for its end, "
                    "it takes a minute or two."
                )
            trial = self._current = Trial(config)
            threading.Thread(
                target=trial.work, args=(range_test, self._load), name="range test", daemon=True
            ).start()
            return trial

    def make_way(self, seconds: float = 20.0) -> None:
        """Cancel a test that is at work, for a run begins: both would draw from torch's numbers."""
        trial = self._current
        if trial is not None and trial.alive:
            trial.cancel("Canceled: a run was started.")
            trial.join(seconds)
