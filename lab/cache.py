"""What a server keeps in memory for all its sessions. No Streamlit in here."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from core.progress import Progress, silent

if TYPE_CHECKING:
    from core.data.image_set import ImageSet


class ImageSets:
    """The newest few image sets in memory, shared by every session and the training threads.

    A set is loaded by one thread at a time; the others wait for it. Bounded: CIFAR-10 takes 185 MB.
    """

    LARGEST = 3

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sets: OrderedDict[str, ImageSet] = OrderedDict()

    def get(
        self, source: str, progress: Progress = silent, *, download: bool = False
    ) -> "ImageSet":
        from core.data.sources import catalogue

        with self._lock:
            if source not in self._sets:
                self._sets[source] = catalogue.load(source, progress, download=download)
                while len(self._sets) > self.LARGEST:
                    self._sets.popitem(last=False)
            self._sets.move_to_end(source)
            return self._sets[source]

    def has(self, source: str) -> bool:
        return source in self._sets


class Kept:
    """The newest few results of long work, shared by every session; each is made once.

    Unlike Streamlit's caches it lets the work draw a progress bar: those play back what was drawn
    while a result was made, and fail where the place for it has gone.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:  # who comes second waits and finds it made
            with self._lock:
                if key in self._results:
                    self._results.move_to_end(key)
                    return self._results[key]
            try:
                made = make()
            except BaseException:  # a viewer who leaves ends the script in the middle of the work
                with self._lock:
                    self._making.pop(key, None)
                raise
            with self._lock:
                self._results[key] = made
                while len(self._results) > self._most:
                    dropped, _ = self._results.popitem(last=False)
                    self._making.pop(dropped, None)
            return made
