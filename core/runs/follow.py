"""Following run folders while they grow: only what was appended is read again."""

import threading
from collections import OrderedDict
from typing import Any

from core.files import read_lines
from core.runs.rows import Kind, Rows
from core.runs.store import Run

MAX_FOLLOWERS = 50


class Follower:
    """The rows of one run's two metric files, kept up to date at the price of what is new."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._lock = threading.Lock()
        self._offsets: dict[Kind, int] = {"epochs": 0, "steps": 0}
        self._rows = {kind: Rows(kind) for kind in self._offsets}

    def rows(self, kind: Kind) -> list[dict[str, Any]]:
        """All whole rows so far, in order; what was done twice counts once."""
        with self._lock:
            path = self.run.folder / f"{kind}.jsonl"
            lines, self._offsets[kind] = read_lines(path, self._offsets[kind])
            if lines:
                known = self._rows[kind]
                grown = self._rows[kind] = Rows(kind)  # readers hold the list of before
                grown.whole, grown.damaged = [*known.whole], known.damaged
                grown.add(lines)
            return self._rows[kind].whole

    def damage(self) -> str:
        """A sentence on the lines that are damaged and left out, as far as was read; or ""."""
        return " ".join(filter(None, (rows.note for rows in self._rows.values())))


class Followers:
    """One follower a run, the most recently asked for kept. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followers: OrderedDict[str, Follower] = OrderedDict()

    def of(self, run: Run) -> Follower:
        """The follower of this run, made when it is first asked for."""
        with self._lock:
            follower = self._followers.setdefault(run.name, Follower(run))
            self._followers.move_to_end(run.name)
            while len(self._followers) > MAX_FOLLOWERS:
                self._followers.popitem(last=False)
            return follower
