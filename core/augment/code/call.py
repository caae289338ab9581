"""Calls as pasted code writes them, the groups they stand in, and remarks on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.augment.code import legacy
from core.augment.code.literals import cut
from core.augment.types import Params

ENDINGS = ("ToTensorV2", "ToTensor", "ToFloat")


@dataclass(frozen=True)
class Finding:
    """A remark on one argument of one transform, in a sentence."""

    transform: str
    argument: str
    words: str


@dataclass(frozen=True)
class CodeCall:
    """A transform as the text gives it; `written` holds each argument as it was spelled."""

    name: str
    given: Params
    written: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_old(self) -> bool:
        return legacy.is_old(self.name, self.given)

    def spelled(self, argument: str) -> str:
        return cut(self.written.get(argument) or repr(self.given.get(argument)))


@dataclass(frozen=True)
class Group:
    """A Compose or Sequential: all of its `steps`, with probability `p`, or none of them."""

    name: str
    p: Any
    steps: "Sequence[CodeCall | Group]"

    def calls(self) -> Iterator[CodeCall]:
        """Its calls and those of the groups in it, in order."""
        for step in self.steps:
            if isinstance(step, Group):
                yield from step.calls()
            else:
                yield step
