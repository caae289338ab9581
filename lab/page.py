"""What all pages look like."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def title(words: str, saying: str) -> None:
    """A page's heading and one sentence on what to do here."""
    st.title(words, anchor=False)
    st.markdown(f":gray[{saying}]")


def columns(*shares: float) -> Sequence[DeltaGenerator]:
    """Columns of these relative widths, with air between them."""
    return st.columns(shares, gap="medium")
