"""One generic registry: named records, in the order in which they were added."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Generic, TypeVar

from core.errors import BadSetting, quoted

T = TypeVar("T")


@dataclass(frozen=True)
class Choice:
    """The least that a record says of a name: its label and one line of explanation."""

    label: str
    help: str


class Registry(Generic[T]):
    """Names and the records behind them.

    `kind` is the word used in messages ("network", "optimizer"). A name that is unknown raises
    LabError that lists the choices; a name that is added twice raises ValueError, for that is a
    defect of ours.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._records: dict[str, T] = {}

    def add(self, name: str, record: T) -> T:
        if name in self._records:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._records[name] = record
        return record

    def __getitem__(self, name: str) -> T:
        try:
            return self._records[name]
        except (KeyError, TypeError):
            raise BadSetting(unknown(self.kind, name, self._records)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def items(self) -> list[tuple[str, T]]:
        return list(self._records.items())

    def names(self) -> tuple[str, ...]:
        return tuple(self._records)


def unknown(kind: str, name: object, choices: Iterable[str]) -> str:
    """The sentence for an unknown name, with the nearest choice first where there is one."""
    known = list(choices)
    text = name[:100] if isinstance(name, str) else quoted(name)
    near = get_close_matches(text, known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no {kind} named {quoted(name)}; choose one of {', '.join(known)}.{hint}"
