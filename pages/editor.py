"""Editor: a network as a table of layers, with everything that follows from it."""

import streamlit as st

from core.analysis.summary.differences import of_config, of_rows
from core.analysis.summary.editor_rows import rows_of
from core.config.run_config import NetworkConfig
from core.networks import building, saved
from core.networks.catalogue import NETWORKS
from core.networks.export import source
from core.networks.layer_kinds import LAYER_KINDS
from core.networks.table import RowError
from lab import state
from lab.errors import shown
from lab.layout import title
from lab.networks import editor, summary
from lab.pages import Page

PAGE = Page(
    "Editor",
    ":material/edit_note:",
    30,
    "Change a layer and watch receptive field, parameters and verdict follow.",
)

title(PAGE.title, PAGE.summary)


def start() -> None:
    """Load a network into the table."""
    names = building.names()
    left, right = st.columns((0.75, 0.25), vertical_alignment="bottom")
    chosen = left.selectbox(
        "Start from",
        names,
        index=names.index("modular_97k"),
        format_func=lambda name: NETWORKS[name].label if name in NETWORKS else f"{name} (saved)",
        key="editor_start",
        persist_state="session",
    )
    if right.button("Load", icon=":material/file_open:", width="stretch"):
        network = building.resolve(chosen)
        rows = [dict(row) for row in network.layers] or rows_of(of_config(network))
        editor.put(rows)
        state.remember("editor_from", chosen)
        state.remember("editor_name", chosen if chosen not in NETWORKS else "")
        st.rerun()
    if state.recall("editor_rows") is None:
        editor.put(rows_of(of_config(NetworkConfig("modular_97k"))))
        state.remember("editor_history", [])
        state.remember("editor_from", "modular_97k")
        st.rerun()


def tools() -> None:
    """Undo, and what is done to one row."""
    rows = editor.named(editor.rows())
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
        if st.button("", icon=":material/arrow_upward:", help="Move up", disabled=chosen == 0):
            editor.move(chosen, -1)
            st.rerun()
        last = chosen >= len(rows) - 1
        if st.button("", icon=":material/arrow_downward:", help="Move down", disabled=last):
            editor.move(chosen, 1)
            st.rerun()
        kind = st.selectbox(
            "New layer",
            list(LAYER_KINDS),
            format_func=lambda name: LAYER_KINDS[name].label,
            width=230,
            key="editor_kind",
        )
        if st.button("Add below", icon=":material/add:"):
            editor.insert(chosen, {"type": kind})
            st.rerun()
        if st.button("Delete row", icon=":material/delete:", disabled=not rows):
            editor.remove(chosen)
            st.rerun()
        if st.button("Undo", icon=":material/undo:", disabled=not editor.can_undo()):
            editor.undo()
            st.rerun()


def result(rows: editor.Rows) -> None:
    """What the table makes, up to the first row that does not work."""
    try:
        inspection = of_rows(rows)
    except RowError as error:
        st.error(str(error), icon=":material/error:")
        if error.row == 0:
            return
        inspection = of_rows(rows[: error.row])
        st.caption(f"The layers above row {error.row + 1}:")
        summary.layer_table(inspection, "part")
        return
    before = of_config(building.resolve(state.recall("editor_from", "modular_97k")))
    summary.problem(inspection)
    summary.numbers(inspection, before)
    keep(rows)
    summary.verdict(inspection.rules)
    summary.field_chart([before, inspection], "edit")
    summary.layer_table(inspection, "edit")


def keep(rows: editor.Rows) -> None:
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
                if not name:
                    st.info("Write a name first.", icon=":material/info:")
                elif taken and state.recall("editor_replace") != name:
                    state.remember("editor_replace", name)
                    st.warning(
                        f"There is a saved network {name}; press Replace again to overwrite it.",
                        icon=":material/warning:",
                    )
                else:
                    saved.save(name, tuple(editor.named(rows)), replace=taken)
                    state.remember("editor_replace", None)
                    state.remember("editor_name", name)
                    st.success(
                        f"Saved as {name}: choose it on the Train page.", icon=":material/check:"
                    )
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


def forget() -> None:
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


with shown():
    start()
    st.caption("Click a cell to change it; the last, empty row adds a layer.")
    edited = editor.table()
    tools()  # after the table, whose own tools lie over what stands above it
    result(edited)
    forget()
