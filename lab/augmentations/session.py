"""What a session edits on the Augmentations page, in its memory and in the page's address."""

from core.augment.code.url import from_link, to_link
from core.augment.policies import name_of
from core.errors import LabError
from lab import state
from lab.augmentations.editing import Bench


def bench() -> Bench:
    """What this session edits; at first what the page's address says."""
    known: Bench | None = state.recall("bench")
    if known is None:
        known = Bench()
        link, roll = state.from_url("policy"), state.from_url("roll") or ""
        if link:
            try:
                known = Bench(from_link(link), from_link(link))
            except LabError as error:
                known.trouble = f"The policy in the address cannot be used: {error}"
        known.roll = int(roll) if roll.isascii() and roll.isdigit() and len(roll) < 7 else 0
        state.remember("bench", known)
    return known


def share_policy(bench: Bench) -> None:
    """Put the bench's policy into the page's address and offer it to the Train page."""
    state.to_url("policy", to_link(bench.current))
    state.to_url("roll", str(bench.roll) if bench.roll else None)
    state.keep_policy(None if name_of(bench.current) == "assignment" else bench.current)
