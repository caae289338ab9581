"""The lab's prose, one Markdown file a lesson in assets/lessons/.

`{{name}}` in a lesson is a number of the assignment, by its name in thresholds.toml.
"""

import re
from dataclasses import asdict

import streamlit as st

from core import paths
from core.analysis.rules.thresholds import thresholds

FOLDER = paths.ASSETS / "lessons"


def text(name: str) -> str:
    """A lesson's Markdown with the assignment's numbers filled in: 200000 as `200,000`."""
    numbers = asdict(thresholds())

    def number(found: re.Match[str]) -> str:
        value = numbers[found[1]]
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"

    return re.sub(r"\{\{(\w+)\}\}", number, (FOLDER / f"{name}.md").read_text("utf-8"))


def show(name: str) -> None:
    """Write a lesson onto the page."""
    st.markdown(text(name))
