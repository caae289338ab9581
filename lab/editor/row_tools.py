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
        if st.button(
            "", icon=":material/arrow_upward:", key="editor_up", help="Move up",
            disabled=chosen == 0,
        ):  # fmt: skip
            table.move(chosen, -1)
            st.rerun()
        if st.button(
            "", icon=":material/arrow_downward:", key="editor_down", help="Move down",
            disabled=chosen >= len(rows) - 1,
        ):  # fmt: skip
            table.move(chosen, 1)
            st.rerun()
        kind = st.selectbox(
            "New layer",
            list(LAYER_KINDS),
            format_func=lambda name: LAYER_KINDS[name].label,
            width=230,
            key="editor_kind",
        )
        if st.button("Add below", icon=":material/add:"):
            table.insert(chosen, {"type": kind})
            st.rerun()
        if st.button("Delete row", icon=":material/delete:", disabled=not rows):
            table.remove(chosen)
            st.rerun()
        if st.button("Undo", icon=":material/undo:", disabled=not table.can_undo()):
            table.undo()
            st.rerun()
