"""Receptive field: how it grows layer by layer, on an image; checked, and as it is effective."""

import streamlit as st

from lab import address, state
from lab.errors import shown
from lab.images.sheets import Pixels
from lab.layout import title
from lab.networks import network_choice, summary
from lab.pages import Page
from lab.receptive_field import effective, gradient_check, layer_by_layer

PAGE = Page(
    "Receptive field",
    ":material/center_focus_strong:",
    25,
    "How many pixels of the image one output sees, and how every layer adds to it.",
)

VIEWS = {
    "layers": ":material/center_focus_strong: Layer by layer",
    "effective": ":material/blur_on: Effective receptive field",
    "check": ":material/rule: Gradient check",
}
_MAX_IMAGES = 1000  # of the test images to choose from

title(PAGE.title, PAGE.summary)


def image() -> Pixels:
    """The chosen test image, uint8 (H, W, 3)."""
    images = state.image_set(state.data_source()).test_images
    most = min(len(images), _MAX_IMAGES) - 1
    index = address.number(
        st.number_input, "Test image", 0, most, name="image", key="field_image", default=0
    )
    pixels: Pixels = images[index].permute(1, 2, 0).numpy()
    return pixels


with shown():
    with st.container(horizontal=True):
        left, right = st.container(), st.container(width=180)
    with left:
        chosen = network_choice.choose("field_network")
    if chosen is not None:
        with right:
            pixels = image()
        summary.problem(chosen.inspection)
        view = address.choose(
            st.segmented_control,
            "View",
            list(VIEWS),
            name="view",
            key="field_view",
            default="layers",
            required=True,
            format_func=VIEWS.__getitem__,
            label_visibility="collapsed",
        )
        if view == "layers":
            layer_by_layer.show(chosen.inspection, pixels)
        elif view == "effective":
            effective.show(chosen, pixels)
        else:
            gradient_check.show(chosen)
