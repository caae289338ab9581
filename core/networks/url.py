"""An edited table of layers in the address of a page: short, and safe to read back. No torch."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import LabError

MAX_CHARACTERS = 6_000
MAX_BYTES = 100_000  # of the table as JSON
_MAX_TEXT = 100  # characters of a cell
_MAX_NUMBER = 10**6
Rows = list[dict[str, Any]]
_KINDS: dict[str, type | tuple[type, ...]] = {
    "type": str,
    "bias": (bool, type(None)),
    "p": (int, float, type(None)),
}


def to_link(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The rows as letters, digits, - and _; None for a table too long for an address."""
    text = json.dumps([dict(row) for row in rows], separators=(",", ":"))
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return packed if len(packed) <= MAX_CHARACTERS and len(text) <= MAX_BYTES else None


def from_link(text: str) -> Rows:
    """The inverse; LabError for a text that is no table. Whether its layers fit is not asked."""
    try:
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"{len(text):,} characters")
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        plain = json.loads(unpacker.decompress(packed, MAX_BYTES))
        if not unpacker.eof:
            raise ValueError("cut short")
        if not isinstance(plain, list) or not all(_is_row(row) for row in plain):
            raise ValueError("no table of layers")
    except (ValueError, zlib.error, binascii.Error, RecursionError) as error:
        raise LabError(
            f"The layers in the address cannot be read ({type(error).__name__}); the link is cut "
            "short or was changed. Ask for it again, or start from a network of the menu."
        ) from None
    return plain


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and all(
        _is_cell(value) and isinstance(value, _KINDS.get(name, object))
        for name, value in row.items()
    )


def _is_cell(value: object) -> bool:
    if isinstance(value, list):
        return (
            len(value) == 2
            and not any(isinstance(side, list) for side in value)
            and all(_is_cell(side) for side in value)
        )
    if isinstance(value, str):
        return len(value) <= _MAX_TEXT and value.isprintable()
    if value is None or isinstance(value, bool):
        return True
    return isinstance(value, int | float) and abs(value) <= _MAX_NUMBER  # NaN is not
