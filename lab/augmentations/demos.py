"""The Augmentations page's lessons: the order of transforms, and a network's eye for angles."""

from pathlib import Path

import streamlit as st
from torch import Tensor

from core.augment import preview
from core.augment.demos.normalize_order import orders
from core.augment.demos.rotation_sweep import ANGLES
from core.augment.policies import named
from core.data.image_set import ImageSet
from core.runs.model_ref import ModelRef
from lab import cached_results, lessons, models
from lab.augmentations.editing import PolicyEditor, pick
from lab.augmentations.images import shape
from lab.charts import augmentation
from lab.components.chart import chart
from lab.images import html
from lab.layout import page_link


def show_order(editor: PolicyEditor, images: ImageSet, rows: Tensor) -> None:
    """The same hole, cut before and after Normalize."""
    lessons.show("augment_order")
    found = orders(images.mean, images.std)
    originals = images.train_images[rows[:4]]
    shown = []
    for order in found:
        made = preview.apply(order.policy, originals, images.mean, images.std, editor.seed)
        shown.append(
            html.Column(
                order.title, shape(made.images), order.levels, order.right, order.explanation
            )
        )
    st.html(html.comparison(shown))
    chart(augmentation.hole_colors(found), "hole_colors")
    st.button(
        "Load document 004's policy", icon=":material/input:", key="take_004",
        on_click=lambda: editor.load(named("seed_004")),
    )  # fmt: skip


def show_rotation(images: ImageSet) -> None:
    """A test image turned through a full circle, before a trained network."""
    lessons.show("augment_rotation")
    known = {
        each.key: each
        for each in models.everything(lambda about: about.class_names == images.class_names)
    }
    if not known:
        st.info(
            "There is no trained network for these images yet. Train one for a few epochs; then "
            "turn an image here and see how far it is still recognized.",
            icon=":material/show_chart:",
        )
        page_link("train", "Go to Train")
        return
    left, middle, right = st.columns([2, 1.4, 1.2], vertical_alignment="bottom")
    key = left.selectbox(
        "Network", list(known), format_func=lambda key: known[key].title, key="rotation_run"
    )
    last = len(images.class_names) - 1  # a truck: what has an upper side is lost when turned
    name = middle.selectbox("Class", images.class_names, last, key="rotation_class")
    number = right.number_input("Image", 1, 500, 1, key="rotation_image")
    label = images.class_names.index(name)
    index = int(pick(images.test_labels, int(number) - 1, 1, label)[0])
    _turn(known[key].path, images, index, label)


def _turn(file: Path, images: ImageSet, index: int, label: int) -> None:
    angle = st.slider(
        "Angle (degrees, left is positive)", ANGLES[0], ANGLES[-1], 0, ANGLES[1] - ANGLES[0],
        key="rotation_angle",
    )  # fmt: skip
    sweep = cached_results.rotation_sweep(ModelRef.of_file(file), images.source, index, "constant")
    place = sweep.angles.index(angle)
    answer = int(sweep.probabilities[place].argmax())
    picture, chart_place = st.columns([1, 2.6], gap="medium")
    with picture:
        st.html(
            html.grid(
                shape(sweep.images[place][None]), 1, names=["the image, turned"], widest="18rem"
            )
        )
        answer_words = (
            f"{images.class_names[answer]}, {100 * sweep.probabilities[place, answer]:.0f}% sure"
        )
        show = st.success if answer == label else st.error
        show(
            f"**{answer_words}**",
            icon=":material/check:" if answer == label else ":material/close:",
        )
        st.markdown(_lost(sweep.lost(label), images.class_names[label]))
    with chart_place:
        chart(augmentation.rotation(sweep, images.class_names, label, angle), "rotation_chart")


def _lost(edges: tuple[int | None, int | None], name: str) -> str:
    right, left = edges
    if right == 0 and left == 0:
        return f"Upright it is already not taken for a **{name}**."
    if right is None and left is None:
        return f"It is a **{name}** at every angle."
    parts = [
        f"{abs(edge)} degrees to the {side}"
        for edge, side in ((left, "left"), (right, "right"))
        if edge is not None
    ]
    return f"No longer a **{name}** from {' and '.join(parts)}."
