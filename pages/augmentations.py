"""Augmentations: the policy at the left, what it does to images at the right."""

import streamlit as st

from lab import (
    augment_facts,
    augment_images,
    augment_lessons,
    augment_panel,
    problems,
    state,
)
from lab.page import columns, title

TABS = ("Images", "One image", "Step by step", "Order", "Mix", "Rotation", "Data", "Assignment",
        "Code")  # fmt: skip

title("Augmentations", "Move a slider: the images stay, what is done to them changes.")


@st.fragment
def workbench() -> None:
    """Controls and views; a change redraws these alone."""
    bench = state.bench()
    panel, views = columns(3, 8)
    with panel, problems.shown():
        augment_panel.show(bench)
        state.share_policy(bench)
    with views, problems.shown():
        images = state.image_set(state.data_source())
        rows = augment_images.choose(bench, images)
        tabs = dict(zip(TABS, st.tabs(TABS, key="view", on_change="rerun"), strict=True))
        draw = {
            "Images": lambda: augment_images.show_grid(bench, images, rows),
            "One image": lambda: augment_images.show_one(bench, images, rows),
            "Step by step": lambda: augment_images.show_steps(bench, images, rows),
            "Order": lambda: augment_lessons.show_order(bench, images, rows),
            "Mix": lambda: augment_images.show_mixed(bench, images, rows),
            "Rotation": lambda: augment_lessons.show_rotation(images),
            "Data": lambda: augment_facts.show_data(bench, images),
            "Assignment": lambda: augment_facts.show_assignment(bench.current),
            "Code": lambda: augment_facts.show_code(bench, images),
        }
        for name, tab in tabs.items():
            if tab.open:
                with tab, problems.shown():
                    draw[name]()


with problems.shown():
    workbench()
