"""How long work tells how far it is, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Called now and then with the share done (0 to 1) and a few words on what is being done."""

    def __call__(self, share: float, doing: str) -> None: ...


def silent(share: float, doing: str) -> None:
    """A listener for those who do not listen."""
