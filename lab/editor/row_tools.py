"""What is done to one row of the table: move, add below, delete, undo. Streamlit only."""

import streamlit as st

from core.networks.layer_kinds import LAYER_KINDS
from lab import state
from lab.editor import table


def show() -> None:
    """The row, and a button for each thing that can be done to it."""
    rows = table.named(table.rows())
    place = min(state.recall("editor_place", 0), max(len(rows) - 1, 0))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Row",
            range(len(rows)),
            index=place if rows else None,
            format_func=lambda n: f"{n + 1}: {rows[n]['name']}",
            width=220,
            key=f"editor_row_{state.recall('editor_version', 0)}",
        )
        chosen = chosen or 0
        for icon, words, by in (
            ("arrow_upward", "Move up", -1),
            ("arrow_downward", "Move down", 1),
        ):
            st.button(
                "", icon=f":material/{icon}:", key=f"editor_{icon}", help=words,
                disabled=not 0 <= chosen + by < len(rows), on_click=table.move, args=(chosen, by),
            )  # fmt: skip
        kind = st.selectbox(
            "New layer",
            list(LAYER_KINDS),
            format_func=lambda name: LAYER_KINDS[name].label,
            width=230,
            key="editor_kind",
        )
        for label, icon, disabled, act, args in (
            ("Add below", "add", False, table.insert, (chosen, {"type": kind})),
            ("Delete row", "delete", not rows, table.remove, (chosen,)),
            ("Undo", "undo", not table.can_undo(), table.undo, ()),
        ):
            st.button(label, icon=f":material/{icon}:", disabled=disabled, on_click=act, args=args)
