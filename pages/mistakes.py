"""Mistakes: what a network gets wrong, which for which, and where in the picture it looked."""

import streamlit as st

from core import paths
from lab import errors
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

title(
    "Mistakes", "See which classes are taken for which, then click an image to see where it looked."
)

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
    st.markdown((paths.ASSETS / "lessons" / "mistakes.md").read_text("utf-8"))
