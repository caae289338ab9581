"""What a page's address (its query parameters) says."""

import streamlit as st


def from_url(name: str) -> str | None:
    """A query parameter of the page's address."""
    return st.query_params.get(name)


def to_url(name: str, value: str | None) -> None:
    """Put a query parameter into the page's address, or take it out."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
