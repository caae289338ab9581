"""What a rule is asked, and what it answers. Every limit is a number; its words are made from it.

A rule looks at what torch carried out, not at how it was spelt, and names the layers that decided
it. A rule on something that was not measured (an accuracy before training), or that cannot be
determined, neither passes nor fails.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.analysis.rules.structure import Structure
from core.analysis.rules.thresholds import Thresholds
from core.analysis.summary.inspection import Inspection
from core.augment.policy import Policy

NOT_MEASURED = "not measured yet"
NOT_DETERMINED = "not determined"
NO_NUMBERS = "The network could not be run on numbers to see what it computes of neighbors."


class Comparison(StrEnum):
    """How a value has to stand to the limit."""

    UNDER = "<"
    OVER = ">"
    AT_LEAST = ">="
    AT_MOST = "<="


_WORDS = {
    Comparison.UNDER: "fewer than",
    Comparison.OVER: "over",
    Comparison.AT_LEAST: "at least",
    Comparison.AT_MOST: "at most",
}


@dataclass(frozen=True)
class Requirement:
    """A limit: the number, how a value has to stand to it, and what is counted."""

    limit: float
    comparison: Comparison
    unit: str

    def met_by(self, value: float) -> bool:
        match self.comparison:
            case Comparison.UNDER:
                return value < self.limit
            case Comparison.OVER:
                return value > self.limit
            case Comparison.AT_LEAST:
                return value >= self.limit
            case Comparison.AT_MOST:
                return value <= self.limit

    @property
    def text(self) -> str:
        """`fewer than 200,000 parameters`, `at least 85% of ...`, `no max pooling ...`."""
        if self.comparison is Comparison.AT_MOST and self.limit == 0:
            return f"no {self.unit}"
        space = "" if self.unit.startswith("%") else " "
        return f"{_WORDS[self.comparison]} {number_text(self.limit)}{space}{self.unit}"


def number_text(value: float) -> str:
    """`200,000`, `85` or `84.5`."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,g}"


@dataclass(frozen=True)
class Case:
    """What a rule may look at."""

    inspection: Inspection
    structure: Structure
    policy: Policy | None
    accuracy: float | None  # percent
    limits: Thresholds
    requirement: Requirement


@dataclass(frozen=True)
class Verdict:
    """What a rule found. `passed` is None where nothing was measured or could be determined."""

    passed: bool | None
    value: float | None  # what was held against the limit
    measured: Any = None  # what to show of it; None shows the value
    layers: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class RuleResult:
    """One rule on one network; `change` is the smallest change that would pass it."""

    rule: str
    title: str
    passed: bool | None
    measured: Any
    required: str
    layers: tuple[str, ...]
    why: str
    change: str
    value: float | None
    limit: float
    comparison: str
    unit: str

    @property
    def measured_text(self) -> str:
        """`97,264`, or the words."""
        is_number = isinstance(self.measured, int | float)
        return number_text(self.measured) if is_number else str(self.measured)

    def to_dict(self) -> dict[str, Any]:
        plain = dict(vars(self))
        return plain | {"layers": list(self.layers)}
