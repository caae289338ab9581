"""Mistakes: which classes a network confuses, and where in the image it found evidence."""

import streamlit as st

from lab import address, errors, lessons
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
from lab.mistakes.evaluated_model import EvaluatedModel
from lab.pages import Page

PAGE = Page(
    "Mistakes",
    ":material/search:",
    60,
    "See which classes the network confuses, then click an image to see where it found evidence.",
)


def mistakes(model: EvaluatedModel) -> None:
    """The matrix, and the images that its cells filter."""
    with errors.shown():
        overview.show(model)
    with st.container(key=gallery.KEY), errors.shown():
        gallery.show(model)


TABS = {
    "Mistakes": mistakes,
    "Calibration": calibration.show,
    "Two runs": comparison.show,
    "Labels": label_errors.show,
    "Near-duplicates": near_duplicates.show,
    "Your image": upload.show,
}

TAB = "mistakes_tab"

title(PAGE.title, PAGE.summary)

model = None
with errors.shown():
    model = model_choice.choose()
if model is not None:
    address.arrived("tab", TAB, {name: name for name in TABS})
    tabs = st.tabs(list(TABS), key=TAB, on_change="rerun")
    open_tab = next((name for name, tab in zip(TABS, tabs, strict=True) if tab.open), None)
    address.left("tab", TAB, None if open_tab == next(iter(TABS)) else open_tab)
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab, errors.shown():
                draw(model)
with st.expander("How to read this page", icon=":material/school:"):
    lessons.show("mistakes")
