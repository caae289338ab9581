"""Saving an edited network under a name, taking it away as a file, deleting saved ones."""

import streamlit as st

from core.networks import saved
from core.networks.export import source
from lab import state
from lab.editor import table
from lab.errors import shown


def keep(rows: table.Rows) -> None:
    """Save under a name, or take away as a file."""
    with st.container(border=True):
        left, middle, right = st.columns((0.4, 0.3, 0.3), vertical_alignment="bottom")
        name = left.text_input(
            "Save as",
            value=state.recall("editor_name", ""),
            placeholder="my_network",
            help="Small letters, digits and underscores. A saved network can be trained.",
        ).strip()
        taken = name in saved.names()
        if middle.button(
            "Replace" if taken else "Save", icon=":material/save:", width="stretch", type="primary"
        ):
            with shown():
                _save(name, rows, taken=taken)
        right.download_button(
            "model.py",
            source(rows, name or "edited"),
            file_name=f"{name or 'model'}.py",
            mime="text/x-python",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
            help="The same network as plain Python; it needs torch alone.",
        )


def _save(name: str, rows: table.Rows, *, taken: bool) -> None:
    if not name:
        st.info("Write a name first.", icon=":material/info:")
    elif taken and state.recall("editor_replace") != name:
        state.remember("editor_replace", name)
        st.warning(
            f"There is a saved network {name}; press Replace again to overwrite it.",
            icon=":material/warning:",
        )
    else:
        saved.save(name, tuple(table.named(rows)), replace=taken)
        state.remember("editor_replace", None)
        state.remember("editor_name", name)
        st.success(f"Saved as {name}: choose it on the Train page.", icon=":material/check:")


def delete() -> None:
    """Delete saved networks, asking twice."""
    names = saved.names()
    if not names:
        return
    with st.expander("Saved networks", icon=":material/folder:"):
        for name in names:
            words, button = st.columns((0.8, 0.2), vertical_alignment="center")
            words.markdown(f"`{name}`")
            sure = state.recall("editor_delete") == name
            if button.button("Sure?" if sure else "Delete", key=f"delete_{name}", width="stretch"):
                if sure:
                    saved.delete(name)
                state.remember("editor_delete", None if sure else name)
                st.rerun()
