"""The editor's table: rows as a data frame and back, moves, and the steps to undo."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.networks.layer_kinds import FIELDS, LAYER_KINDS
from core.networks.table import row_names
from lab import state

Rows = list[dict[str, Any]]
COLUMNS = ("type", "name", *FIELDS, "from")
MAX_UNDO = 50
START: Rows = [
    {"type": "conv", "channels": 16},
    {"type": "norm"},
    {"type": "relu"},
    {"type": "conv", "channels": "classes", "kernel": "1"},
    {"type": "global_pool"},
]


def rows() -> Rows:
    """The rows as they were after the last edit."""
    found: Rows | None = state.recall("editor_rows")
    return found if found is not None else START


def put(new: Rows) -> None:
    """Show other rows in the table; what was there can be brought back with undo."""
    history = [*state.recall("editor_history", []), rows()][-MAX_UNDO:]
    state.remember("editor_history", history)
    _show(new)


def undo() -> None:
    """Back to the rows before the last edit, move or load."""
    history = list(state.recall("editor_history", []))
    if history:
        _show(history.pop())
        state.remember("editor_history", history)


def can_undo() -> bool:
    return bool(state.recall("editor_history", []))


def _show(new: Rows) -> None:
    state.remember("editor_rows", new)
    state.remember("editor_base", new)
    state.remember("editor_version", state.recall("editor_version", 0) + 1)


def move(place: int, by: int) -> None:
    """Swap a row with its neighbor above (-1) or below (1)."""
    new = named(rows())
    if 0 <= place < len(new) and 0 <= place + by < len(new):
        new[place], new[place + by] = new[place + by], new[place]
        put(new)
        state.remember("editor_place", place + by)


def insert(place: int, row: dict[str, Any]) -> None:
    """A new row below row `place`."""
    new = named(rows())
    put([*new[: place + 1], row, *new[place + 1 :]])
    state.remember("editor_place", place + 1)


def remove(place: int) -> None:
    new = named(rows())
    put([*new[:place], *new[place + 1 :]])
    state.remember("editor_place", max(place - 1, 0))


def named(given: Sequence[dict[str, Any]]) -> Rows:
    """Rows with their names written in, so that From keeps its meaning when rows move."""
    return [{**row, "name": name} for row, name in zip(given, row_names(given), strict=True)]


def table() -> Rows:
    """Draw the table; returns its rows as they are now."""
    key = f"editor_{state.recall('editor_version', 0)}"
    if not state.is_drawn(key):  # the page was left meanwhile: what was edited is the new base
        state.remember("editor_base", rows())
    base = state.recall("editor_base", START)
    edited = st.data_editor(
        _frame(base),
        num_rows="dynamic",
        hide_index=False,
        column_config=_columns(),
        key=key,
        height=min(36 * (len(base) + 2) + 3, 640),
        placeholder="",
    )
    now = from_frame(edited)
    before = rows()
    if now != before:
        state.remember("editor_history", [*state.recall("editor_history", []), before][-MAX_UNDO:])
        state.remember("editor_rows", now)
    return now


def same(one: Rows, other: Rows) -> bool:
    """Whether two tables look alike: a cell may hold 3 or "3"."""
    return from_frame(_frame(one)) == from_frame(_frame(other))


def _frame(given: Sequence[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [[_cell(name, row.get(name)) for name in COLUMNS] for row in named(given)], columns=COLUMNS
    )
    frame = frame.astype(dict.fromkeys(COLUMNS, "string") | {"bias": "boolean", "p": "Float64"})
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame


def _cell(name: str, value: object) -> object:
    if value is None or value == "":
        return None
    if name == "bias":
        return value if isinstance(value, bool) else None
    if name == "p":
        return value if isinstance(value, int | float) else None
    if isinstance(value, list | tuple):
        return "x".join(str(side) for side in value)
    return str(value)


def from_frame(frame: pd.DataFrame) -> Rows:
    """The rows of an edited frame; empty cells and rows without a type are left out."""
    found: Rows = []
    for entry in frame.to_dict("records"):
        row = {
            name: value.item() if hasattr(value, "item") else value
            for name, value in entry.items()
            if not pd.isna(value) and str(value).strip() != ""
        }
        if row.get("type"):
            found.append({str(name): value for name, value in row.items()})
    return found


def _columns() -> dict[str, Any]:
    text, size = st.column_config.TextColumn, "A whole number, or height x width as in 1x5."
    return {
        "_index": st.column_config.NumberColumn("", width=40),
        "type": st.column_config.SelectboxColumn(
            "Layer",
            width=110,
            options=list(LAYER_KINDS),
            required=True,
            help="  \n".join(f"**{name}**: {kind.help}" for name, kind in LAYER_KINDS.items()),
        ),
        "name": text("Name", width=90, help="Left empty, it is numbered by kind."),
        "channels": text(
            "Channels", width=85, help="That come out; `classes` is as many as there are."
        ),
        "kernel": text("Kernel", width=70, help=size),
        "stride": text("Stride", width=70, help=size),
        "padding": text("Padding", width=80, help=size + " `same` keeps the size at stride 1."),
        "dilation": text("Dilation", width=80, help=size),
        "groups": text("Groups", width=75, help="Must divide the channels in and out."),
        "bias": st.column_config.CheckboxColumn("Bias", width=60),
        "p": st.column_config.NumberColumn(
            "Dropout",
            width=80,
            min_value=0.0,
            max_value=0.95,
            step=0.01,
            help="Share of the channels set to 0.",
        ),
        "from": text(
            "From", width=90, help="A layer above, or `image`; a sum or concatenation joins it."
        ),
    }
