"""Where the editor's rows come from: the address, else the menu. Streamlit only."""

import streamlit as st

from core.analysis.inspect import of_config
from core.analysis.summary.editor_rows import rows_of
from core.errors import LabError
from core.networks import building
from core.networks.catalogue import NETWORKS
from core.networks.url import from_link, to_link
from lab import state
from lab.editor import table
from lab.networks import network_choice


def start() -> None:
    """The menu to load from; at first, what the address or else the default says is loaded."""
    _from_address()
    names = building.names()
    left, right = st.columns((0.75, 0.25), vertical_alignment="bottom")
    chosen = left.selectbox(
        "Start from",
        names,
        index=names.index(network_choice.DEFAULT),
        format_func=network_choice.label,
        key="editor_start",
        persist_state="session",
    )
    if right.button("Load", icon=":material/file_open:", width="stretch"):
        _load(chosen)
        st.rerun()


def loaded() -> str:
    """The name of the network that the table was started from."""
    return str(state.recall("editor_from", network_choice.DEFAULT))


def share(rows: table.Rows) -> None:
    """Put the table into the address: the network it began with, and the rows if they differ."""
    name = loaded()
    edited = None if table.same(rows, _rows(name)) else to_link(rows)
    state.remember("editor_link", (name, edited))
    state.to_url("network", None if name == network_choice.DEFAULT else name)
    state.to_url("layers", edited)


def _rows(name: str) -> table.Rows:
    network = building.resolve(name)
    return [dict(row) for row in network.layers] or rows_of(of_config(network))


def _load(name: str) -> None:
    table.put(_rows(name))
    state.remember("editor_from", name)
    state.remember("editor_name", "" if name in NETWORKS else name)


def _from_address() -> None:
    """Load what the address says, if that came from outside, or the default the first time."""
    name, link = state.from_url("network"), state.from_url("layers")
    first = state.recall("editor_rows") is None
    known = name if name in building.names() else None
    if (known or link) and (known or network_choice.DEFAULT, link) != state.recall("editor_link"):
        try:
            rows = from_link(link) if link else None
            _load(known or network_choice.DEFAULT)
            if rows is not None:
                table.put(rows)
        except LabError as error:
            st.warning(str(error), icon=":material/link_off:")
    if state.recall("editor_rows") is None:
        _load(network_choice.DEFAULT)
    if first:
        state.remember("editor_history", [])
