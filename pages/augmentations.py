"""Augmentations: the policy at the left, what it does to images at the right."""

import streamlit as st

from lab import errors, state
from lab.augmentations import (
    demos,
    facts,
    policy_panel,
    session,
)
from lab.augmentations import (
    images as augment_images,
)
from lab.layout import columns, title
from lab.pages import Page

PAGE = Page(
    "Augmentations",
    ":material/auto_awesome:",
    10,
    "Move a slider: the images stay, what is done to them changes.",
)

TABS = ("Images", "One image", "Step by step", "Order", "Mix", "Rotation", "Data", "Assignment",
        "Code")  # fmt: skip

title(PAGE.title, PAGE.summary)


@st.fragment
def workbench() -> None:
    """Controls and views; a change redraws these alone."""
    editor = session.editor()
    panel, views = columns(3, 8)
    with panel, errors.shown():
        policy_panel.show(editor)
        session.share(editor)
    with views.container(key="first_when_narrow"), errors.shown():
        images = state.image_set(state.data_source())
        rows = augment_images.choose(editor, images)
        tabs = dict(zip(TABS, st.tabs(TABS, key="view", on_change="rerun"), strict=True))
        draw = {
            "Images": lambda: augment_images.show_grid(editor, images, rows),
            "One image": lambda: augment_images.show_one(editor, images, rows),
            "Step by step": lambda: augment_images.show_steps(editor, images, rows),
            "Order": lambda: demos.show_order(editor, images, rows),
            "Mix": lambda: augment_images.show_mixed(editor, images, rows),
            "Rotation": lambda: demos.show_rotation(images),
            "Data": lambda: facts.show_data(editor, images),
            "Assignment": lambda: facts.show_assignment(editor.current),
            "Code": lambda: facts.show_code(editor, images),
        }
        for name, tab in tabs.items():
            if tab.open:
                with tab, errors.shown():
                    draw[name]()


with errors.shown():
    workbench()
