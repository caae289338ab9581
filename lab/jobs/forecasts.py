"""How long a run will take here, measured in a thread while its settings are looked at."""

import atexit
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.config.run_config import RunConfig
from core.errors import LabError

if TYPE_CHECKING:
    from core.training.forecast import Forecasts

log = logging.getLogger(__name__)
MOST = 64


class ForecastJobs:
    """The server's: one measurement at a time, the newest settings asked for first."""

    def __init__(self, load: Callable[..., Any]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._made: Forecasts | None = None
        self._found: OrderedDict[str, float | None] = OrderedDict()
        self._current: str | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        atexit.register(self.make_way)  # Python cannot end while torch calculates in a thread

    def known(self, config: RunConfig) -> bool:
        """Whether there is an answer, be it that there is none."""
        return _key(config) in self._found

    def seconds(self, config: RunConfig) -> float | None:
        """What was found; None where it was not asked or cannot be said."""
        return self._found.get(_key(config))

    def ask(self, config: RunConfig) -> None:
        """Measure this in the background; what was asked for before makes way."""
        key = _key(config)
        with self._lock:
            if key == self._current or key in self._found:
                return
            self._end(5.0)
            self._current, self._stop = key, threading.Event()
            self._thread = threading.Thread(
                target=self._work, args=(key, config, self._stop), name="forecast", daemon=True
            )
            self._thread.start()

    def make_way(self) -> None:
        """End a measurement that is at work: a training beside it would draw from its numbers."""
        with self._lock:
            self._end(20.0)

    def _end(self, seconds: float) -> None:
        if self._thread is not None and self._thread.is_alive():
            self._stop.set()
            self._thread.join(seconds)
        self._current = None

    def _work(self, key: str, config: RunConfig, stop: threading.Event) -> None:
        seconds = None
        try:
            seconds = self.measure(config, stop.is_set)
        except LabError:
            pass  # Start will say it
        except Exception:
            log.exception("the forecast failed")
        if not stop.is_set():
            self._found[key] = seconds
            while len(self._found) > MOST:
                self._found.popitem(last=False)

    def measure(self, config: RunConfig, should_stop: Callable[[], bool]) -> float | None:
        """In the thread: load the images, time a few steps."""
        from core.training.forecast import Forecasts

        self._made = self._made or Forecasts()
        return self._made.seconds(config, self._load(config.data), should_stop)


def _key(config: RunConfig) -> str:
    return json.dumps(config.to_dict(), sort_keys=True, default=str)
