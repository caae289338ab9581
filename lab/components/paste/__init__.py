"""Pasting a picture (Ctrl+V) into a file uploader, which Streamlit's own does not do."""

from pathlib import Path

import streamlit as st

_COMPONENT = st.components.v2.component(
    "paste",
    html="<div class='hint'></div>",
    css=".hint { font-family: var(--st-font); font-size: 0.9rem; opacity: 0.75; }",
    js=Path(__file__).with_name("paste.js").read_text("utf-8"),
)


def into(container: str, words: str) -> None:
    """What is pasted goes to the file uploader in the container with this key; `words` say so."""
    _COMPONENT(key=f"paste_{container}", data={"into": container, "words": words})
