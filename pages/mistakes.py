"""Mistakes: what a network gets wrong, which for which, and where in the picture it looked."""

import streamlit as st

from lab import errors, lessons
from lab.layout import title
from lab.mistakes import (
    calibration,
    comparison,
    gallery,
    label_errors,
    model_choice,
    near_duplicates,
    overview,
    upload,
)
from lab.mistakes.model_choice import Subject
from lab.pages import Page

PAGE = Page(
    "Mistakes",
    ":material/search:",
    60,
    "See which classes are taken for which, then click an image to see where it looked.",
)


def mistakes(subject: Subject) -> None:
    """The matrix, and the images that its cells filter."""
    with errors.shown():
        overview.show(subject)
    with st.container(key=gallery.KEY), errors.shown():
        gallery.show(subject)


TABS = {
    "Mistakes": mistakes,
    "Calibration": calibration.show,
    "Two runs": comparison.show,
    "Labels": label_errors.show,
    "Near-duplicates": near_duplicates.show,
    "Your picture": upload.show,
}

title(PAGE.title, PAGE.summary)

subject = None
with errors.shown():
    subject = model_choice.choose()
if subject is not None:
    tabs = st.tabs(list(TABS), key="mistakes_tab", on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab, errors.shown():
                draw(subject)
with st.expander("How to read this page", icon=":material/school:"):
    lessons.show("mistakes")
