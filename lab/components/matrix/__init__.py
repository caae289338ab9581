"""The confusion matrix as a table whose cells can be clicked.

A click on a Plotly heatmap says nothing (streamlit #8760), and a table's words stay sharp at any
size and in any theme.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from core.mistakes.confusion import Counts, scaled
from lab import state

_COMPONENT = st.components.v2.component(
    "matrix",
    html="<div class='frame'></div>",
    css=Path(__file__).with_name("matrix.css").read_text("utf-8"),
    js=Path(__file__).with_name("matrix.js").read_text("utf-8"),
)
_MOST_WITH_NUMBERS = 20  # classes; with more, a cell has no room for a number


def cells(counts: Counts, class_names: Sequence[str], scale: str) -> list[list[dict[str, object]]]:
    """What the table shows: the words of each cell, its depth of color (0 to 1), and what it says.

    Right answers are shaded against the largest of their own, mistakes against the largest mistake,
    or the mistakes would all be pale.
    """
    values = scaled(counts, scale)
    diagonal = np.eye(len(values), dtype=bool)
    most_right = max(values[diagonal].max(initial=0), 1e-9)
    most_wrong = max(values[~diagonal].max(initial=0), 1e-9)
    rows = []
    for true, row in enumerate(values):
        made = []
        for predicted, value in enumerate(row):
            right = true == predicted
            name, answer = class_names[true], class_names[predicted]
            count = int(counts[true, predicted])
            made.append(
                {
                    "words": _words(value, scale) if len(values) <= _MOST_WITH_NUMBERS else "",
                    "depth": float(value / (most_right if right else most_wrong)),
                    "right": right,
                    "says": f"{name} predicted as {answer}: {count:,}",
                }
            )
        rows.append(made)
    return rows


def matrix(
    counts: Counts,
    class_names: Sequence[str],
    key: str,
    on_pick: Callable[[int | None, int | None], None],
    *,
    scale: str = "counts",
    chosen: tuple[int | None, int | None] = (None, None),
    shows: str = "",
) -> None:
    """Draw it; a click calls `on_pick(true class, predicted class)` before the page runs again.

    A click on a row's or a column's name leaves the other one None. `chosen` is drawn as chosen;
    `shows` is the key of the container that a click changes, which is then brought into view.
    """

    def picked() -> None:
        cell = picked_cell(state.sent_by(key, "picked"), len(class_names))
        if cell is not None:
            on_pick(*cell)

    _COMPONENT(
        key=key,
        data={
            "names": list(class_names),
            "cells": cells(counts, class_names, scale),
            "chosen": list(chosen),
            "shows": shows,
        },
        on_picked_change=picked,
    )


def picked_cell(sent: object, classes: int) -> tuple[int | None, int | None] | None:
    """What came from the browser, if it is a cell of this matrix or the name of a row or column."""
    if not isinstance(sent, list) or len(sent) != 2:
        return None
    fits = [each is None or (isinstance(each, int) and 0 <= each < classes) for each in sent]
    return (sent[0], sent[1]) if all(fits) else None


def _words(value: float, scale: str) -> str:
    if not value:
        return ""
    if scale == "counts":
        return f"{value:.0f}"
    return "<1" if value < 0.5 else f"{value:.0f}"
