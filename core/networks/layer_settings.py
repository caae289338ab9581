"""A row of the editor's table: what may stand in its fields, checked once. No torch.

Rows come from the editor, saved files, run folders and addresses, so anything may stand in them.
Sizes may differ in height and width: `3` or `1x5`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import LabError, quoted

CLASSES = "classes"  # in place of a number of channels: as many as the data has classes
MAX_VALUE = 4096
MAX_NAME = 60  # characters
FIELDS = ("channels", "kernel", "stride", "padding", "dilation", "groups", "bias", "p")
DEFAULTS: Mapping[str, Any] = {
    "channels": 16,
    "kernel": 3,
    "stride": 1,
    "padding": "same",
    "dilation": 1,
    "groups": 1,
    "bias": False,
    "p": 0.05,
}
_SIZE = re.compile(r"\s*(\d{1,9})\s*(?:[x,×]\s*(\d{1,9})\s*)?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

Row = Mapping[str, Any]
Size = tuple[int, int]


@dataclass(frozen=True)
class Settings:
    """A row's fields, checked, with what its input is."""

    channels: int
    kernel: Size
    stride: Size
    padding: Size
    dilation: Size
    groups: int
    bias: bool
    p: float
    in_shape: tuple[int, ...]


def settings(
    row: Row,
    fields: Sequence[str],
    defaults: Mapping[str, Any],
    in_shape: tuple[int, ...],
    classes: int,
) -> Settings:
    """The fields of a row with the defaults of its kind filled in; LabError for one that is bad."""
    given = {**DEFAULTS, **defaults}
    given.update({k: v for k, v in row.items() if k in FIELDS and v is not None and v != ""})
    inputs = in_shape[0] if in_shape else 1
    channels = classes if _is(given["channels"], CLASSES) else given["channels"]
    kernel = size(given["kernel"], "kernel", 1)
    dilation = size(given["dilation"], "dilation", 1)
    padding = given["padding"]
    if _is(padding, "same"):
        padding = [(k - 1) * d // 2 for k, d in zip(kernel, dilation, strict=True)]
    return Settings(
        channels=number(channels, "number of channels") if "channels" in fields else inputs,
        kernel=kernel,
        stride=size(given["stride"], "stride", 1),
        padding=size(padding, "padding", 0),
        dilation=dilation,
        groups=number(given["groups"], "number of groups"),
        bias=_boolean(given["bias"]),
        p=_rate(given["p"]),
        in_shape=in_shape,
    )


def size(value: object, what: str, least: int) -> Size:
    """`3`, `"3"`, `"1x5"` or `[1, 5]` as (height, width); LabError otherwise."""
    sides: list[object] = [value, value]
    if isinstance(value, list | tuple) and len(value) == 2:
        sides = list(value)
    elif isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        sides = [int(match[1]), int(match[2] or match[1])]
    whole = [_whole(side) for side in sides if not isinstance(side, str)]
    found = [side for side in whole if side is not None and least <= side <= MAX_VALUE]
    if len(found) != 2:
        raise LabError(
            f"the {what} is {quoted(value)}; write a whole number from {least} to {MAX_VALUE}, "
            "or two as in 1x5"
        )
    return found[0], found[1]


def number(value: object, what: str, least: int = 1) -> int:
    """A whole number, also as text; LabError otherwise."""
    whole = _whole(value)
    if whole is None or not least <= whole <= MAX_VALUE:
        raise LabError(
            f"the {what} is {quoted(value)}; write a whole number from {least} to {MAX_VALUE}"
        )
    return whole


def text(value: object, what: str) -> str:
    """Text that may be shown and written, "" for none; LabError otherwise."""
    if value is None:
        return ""
    if not isinstance(value, str) or not value.isprintable() or len(value) > 10 * MAX_NAME:
        raise LabError(f"the {what} is {quoted(value)}; write a word")
    return value


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return int(found) if found.is_integer() else None


def _boolean(value: object) -> bool:
    shown = str(value).strip().lower() if isinstance(value, bool | int | str) else ""
    if shown not in _BOOLEANS:
        raise LabError(f"the bias is {quoted(value)}; write true or false")
    return _BOOLEANS[shown]


def _rate(value: object) -> float:
    try:
        rate = float(value) if isinstance(value, int | float | str) else -1.0
    except (ValueError, OverflowError):
        rate = -1.0
    if not 0 <= rate < 1:
        raise LabError(f"the dropout rate is {quoted(value)}; write a number from 0 up to 1")
    return rate


def _is(value: object, word: str) -> bool:
    return isinstance(value, str) and value.strip().lower() == word
