"""Following run folders while they grow: only what was appended is read again."""

import threading
from collections import OrderedDict
from typing import Any

from core.files import read_lines
from core.runs.store import Run, forward_only


class Follower:
    """The rows of one run's two metric files, kept up to date at the price of what is new."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._lock = threading.Lock()
        self._offsets = {"steps": 0, "epochs": 0}
        self._rows: dict[str, list[dict[str, Any]]] = {"steps": [], "epochs": []}

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """All rows of `steps` or `epochs` so far, in order; what was done twice counts once."""
        key = {"steps": "step", "epochs": "epoch"}[kind]
        with self._lock:
            path = self.run.folder / f"{kind}.jsonl"
            new, offset = read_lines(path, self._offsets[kind])
            if new:
                self._rows[kind] = forward_only([*self._rows[kind], *new], key)
            self._offsets[kind] = offset
            return self._rows[kind]


class Followers:
    """One follower a run, the most recently asked for kept. Safe for many threads."""

    LARGEST = 50

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followers: OrderedDict[str, Follower] = OrderedDict()

    def of(self, run: Run) -> Follower:
        with self._lock:
            follower = self._followers.setdefault(run.name, Follower(run))
            self._followers.move_to_end(run.name)
            while len(self._followers) > self.LARGEST:
                self._followers.popitem(last=False)
            return follower
