"""`RuleRecord`: what a file of this folder that holds a rule calls RECORD."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.analysis.rules.case import Case, Requirement, Verdict
from core.analysis.rules.thresholds import Thresholds
from core.analysis.summary.inspection import Operation

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Change:
    """Modules to put in the place of others, and what to call that."""

    words: str
    modules: "dict[str, nn.Module]"

    def with_(self, other: "Change") -> "Change":
        return Change(f"{self.words}; {other.words}", self.modules | other.modules)


@dataclass(frozen=True)
class Editable:
    """A network that fails a rule, and its modules."""

    case: Case
    model: "nn.Module"

    def conv(self, op: Operation) -> "nn.Conv2d | None":
        """The module of a convolution, if it is one that is called once."""
        from torch import nn

        if op.label != op.layer or not op.layer:
            return None
        module = self.model.get_submodule(op.layer)
        once = sum(layer.name == op.layer for layer in self.case.inspection.layers) == 1
        return module if type(module) is nn.Conv2d and once else None

    def convs(self) -> "list[tuple[Operation, nn.Conv2d]]":
        """Convolutions that are modules and look at a map."""
        structure = self.case.structure
        found = [(op, self.conv(op)) for op in structure.convolutions]
        return [(op, m) for op, m in found if m is not None and structure.map_before(op)]


@dataclass(frozen=True)
class RuleRecord:
    """One rule. `decide` judges; the other two say what would pass it where it fails.

    `candidates` gives changes of modules that might pass, the smallest first: as few layers as
    possible, and among those the one that costs no parameters, or saves most. Each is tried out
    before it is proposed. `advice` is a sentence for where none is found.
    """

    name: str
    title: str
    place: int  # in the order of the assignment
    requirement: Callable[[Thresholds], Requirement]
    decide: Callable[[Case], Verdict]
    needs_pass: bool = True  # whether a complete forward pass is needed
    candidates: Callable[[Editable], Iterator[Change]] | None = None
    advice: Callable[[Case, Verdict], str] | None = None
