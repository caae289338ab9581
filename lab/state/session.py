"""What one session remembers, and the values of its widgets."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

DATA_KEY = "data_source"


def remember(name: str, value: object) -> None:
    """Keep a page's own value for this session (a message for after a rerun, a page number)."""
    st.session_state[f"page_{name}"] = value


def recall(name: str, otherwise: Any = None) -> Any:
    """What `remember` kept under this name in this session."""
    return st.session_state.get(f"page_{name}", otherwise)


def fill(values: Mapping[str, object]) -> None:
    """Give widgets values, by their keys: before they are drawn, or in a callback."""
    for key, value in values.items():
        st.session_state[key] = value


def is_drawn(key: str) -> bool:
    """Whether the widget with this key was on the page in the last run, and so has a value."""
    return key in st.session_state


def just_set(key: str) -> Any:
    """What the widget with this key was just set to; for the function it calls when changed."""
    return st.session_state[key]


def selected_rows(table: str) -> list[int]:
    """The rows that are selected in the data frame with this key."""
    selection = st.session_state.get(table)
    return list(selection.selection.rows) if selection else []


def sent_by(component: str, name: str) -> object:
    """What the component with this key has just sent under this name; for use in its callback."""
    sent = st.session_state.get(component)
    return sent.get(name) if sent is not None else None


def value_of(key: str) -> Any:
    """What the widget with this key holds, or None where it was not drawn yet."""
    return st.session_state.get(key)
