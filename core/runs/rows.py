"""The rows of a run's two metric files, checked line by line and put in order."""

from collections.abc import Iterable
from typing import Any, Literal

from core.runs import schema
from core.runs.schema import EpochRow, StepRow

Kind = Literal["epochs", "steps"]
_KINDS: dict[Kind, tuple[type[EpochRow] | type[StepRow], str]] = {
    "epochs": (EpochRow, "epoch"),
    "steps": (StepRow, "step"),
}


class Rows:
    """`whole`: rows as names and values, in order; `damaged`: how many lines were left out."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.whole: list[dict[str, Any]] = []
        self.damaged = 0

    def add(self, lines: Iterable[bytes]) -> None:
        """Read more lines: where a resumed run did work again, the later rows take over."""
        model, key = _KINDS[self.kind]
        for line in lines:
            try:
                row = schema.row(model, line)
            except ValueError:
                self.damaged += 1
                continue
            while self.whole and self.whole[-1][key] >= row[key]:
                self.whole.pop()
            self.whole.append(row)

    @property
    def note(self) -> str:
        """A sentence on what was left out, or ""."""
        if not self.damaged:
            return ""
        lines = "1 line" if self.damaged == 1 else f"{self.damaged:,} lines"
        are = "is" if self.damaged == 1 else "are"
        return f"{lines} of {self.kind}.jsonl {are} damaged and left out."
