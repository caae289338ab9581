"""The lab's prose, one Markdown file a lesson in assets/lessons/.

`{{name}}` in a lesson is a number of the assignment, by its name in thresholds.toml.
"""

import re

import streamlit as st

from core import paths
from core.analysis.rules.thresholds import thresholds

FOLDER = paths.ASSETS / "lessons"


def text(name: str) -> str:
    """A lesson's Markdown with the assignment's numbers filled in."""
    numbers = thresholds().texts()
    markdown = (FOLDER / f"{name}.md").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: numbers[found[1]], markdown)


def show(name: str) -> None:
    """Write a lesson onto the page."""
    st.markdown(text(name))
