"""What a page shows, in its address: a reload, a link and the browser's Back show the same again.

An address is written by anybody. What it says counts where it is one of the choices; anything else
is passed over and taken out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from lab import state

Option = TypeVar("Option")
_DIGITS = 9  # of the longest number that is read


def is_link(name: str, key: str) -> bool:
    """Whether the address says something under `name` that the page did not write there itself."""
    asked = state.from_url(name)
    return asked is not None and asked != state.recall(f"address_{key}")


def arrived(name: str, key: str, options: Mapping[str, object]) -> None:
    """Give the widget `key` what the address says under `name`, if that came from outside.

    `options` are the values by what stands for them in the address. To be called before the widget
    is drawn; `left` is its counterpart.
    """
    asked = state.from_url(name) or ""
    if is_link(name, key) and asked in options:
        state.fill({key: options[asked]})


def left(name: str, key: str, text: str | None) -> None:
    """Put what the widget `key` shows into the address under `name`; None takes it out."""
    state.remember(f"address_{key}", text)
    state.to_url(name, text)


def choose(
    widget: Callable[..., Any],
    label: str,
    options: Sequence[Option],
    *,
    name: str,
    key: str,
    default: Option,
    write: Callable[[Option], str] = str,
    always: bool = False,
    **settings: Any,
) -> Option:
    """A menu, segmented control or select slider whose choice is in the address under `name`.

    The default is left out of the address unless `always`: where it changes with time.
    """
    arrived(name, key, {write(option): option for option in options})
    if not state.is_drawn(key) or state.just_set(key) not in options:
        state.fill({key: default})
    chosen: Option | None = widget(label, options, key=key, persist_state="session", **settings)
    shown = default if chosen is None else chosen
    left(name, key, write(shown) if always or shown != default else None)
    return shown


def number(
    widget: Callable[..., Any],
    label: str,
    low: int,
    high: int,
    *,
    name: str,
    key: str,
    default: int,
    **settings: Any,
) -> int:
    """A slider or number field from `low` to `high` whose value is in the address under `name`."""
    asked = state.from_url(name) or ""
    whole = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= _DIGITS else -1
    arrived(name, key, {asked: whole} if low <= whole <= high else {})
    if not state.is_drawn(key) or not low <= state.just_set(key) <= high:
        state.fill({key: default})
    chosen = int(widget(label, low, high, key=key, persist_state="session", **settings))
    left(name, key, str(chosen) if chosen != default else None)
    return chosen
