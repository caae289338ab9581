"""Mistakes: what a network gets wrong, which for which, and where in the picture it looked."""

import streamlit as st

from core import paths
from lab import (
    mistakes_calibration,
    mistakes_duel,
    mistakes_gallery,
    mistakes_labels,
    mistakes_neighbours,
    mistakes_overview,
    mistakes_own,
    mistakes_subject,
    problems,
)
from lab.mistakes_subject import Subject
from lab.page import title


def mistakes(subject: Subject) -> None:
    """The matrix, and the images that its cells filter."""
    with problems.shown():
        mistakes_overview.show(subject)
    with st.container(key=mistakes_gallery.KEY), problems.shown():
        mistakes_gallery.show(subject)


TABS = {
    "Mistakes": mistakes,
    "Calibration": mistakes_calibration.show,
    "Two runs": mistakes_duel.show,
    "Labels": mistakes_labels.show,
    "Near-duplicates": mistakes_neighbours.show,
    "Your picture": mistakes_own.show,
}

title(
    "Mistakes", "See which classes are taken for which, then click an image to see where it looked."
)

subject = None
with problems.shown():
    subject = mistakes_subject.choose()
if subject is not None:
    tabs = st.tabs(list(TABS), key="mistakes_tab", on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab, problems.shown():
                draw(subject)
with st.expander("How to read this page", icon=":material/school:"):
    st.markdown((paths.ASSETS / "lessons" / "mistakes.md").read_text("utf-8"))
