"""Train: settings at the left, the run at the right with live curves, all runs below."""

import streamlit as st

from lab import state
from lab.layout import columns, title
from lab.pages import Page
from lab.train import form as training_form
from lab.train import live as training_live
from lab.train import runs

PAGE = Page(
    "Train",
    ":material/show_chart:",
    50,
    "Choose, press Start, and watch. Leave the page or close the tab: the run continues.",
)

title(PAGE.title, PAGE.summary)

form, live = columns(3, 8)
with form:
    training_form.show()
with live, st.container(key="first_when_narrow" if state.in_training() else "run"):
    training_live.show()
runs.show()
