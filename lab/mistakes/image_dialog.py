"""Mistakes: a window with one image, its probabilities, and why it was predicted so."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from core.data.sources import catalogue
from core.mistakes import selection
from core.mistakes.cam.explain import Maps
from core.predictions import Predictions
from core.progress import Progress
from lab import cached_results, errors, state
from lab.charts.probabilities import probabilities
from lab.components.chart import chart
from lab.images import sheets
from lab.layout import columns
from lab.mistakes import (
    augmented_views,
    heat_maps,
    learning_history,
    near_duplicates,
    sanity_checks,
)
from lab.mistakes.evaluated_model import EvaluatedModel
from lab.mistakes.heat_maps import Explained

if TYPE_CHECKING:
    from core.data.image_set import ImageSet

_SIZE = 448  # pixels of a large view: fourteen times 32
_NARROW = 370  # pixels on a screen, so that on a narrow one the maps are not far below


def open_at(
    model: EvaluatedModel, images: "ImageSet", found: selection.Indices, index: int
) -> None:
    """A window over the page, in which the images of the selection can be walked through."""
    state.remember("mistakes_open", index)

    @st.dialog("A closer look", width="large")
    def look() -> None:
        with errors.shown():
            _show(model, images, found)

    look()


def _show(model: EvaluatedModel, images: "ImageSet", found: selection.Indices) -> None:
    index = int(state.recall("mistakes_open"))
    _walk(found, index)
    predictions, names = model.shown, model.predictions.class_names
    row = {int(predictions.predicted[index]): float(predictions.confidence[index])}
    if isinstance(predictions, Predictions):
        row = dict(enumerate(predictions.probabilities[index].tolist()))
    left, right = columns(3, 7)
    with left:
        pixels = images.test_images[index].permute(1, 2, 0).numpy()
        st.image(sheets.png(sheets.enlarged(pixels, _SIZE)), width=_NARROW)
        chart(probabilities(names, row, int(predictions.labels[index])), f"mistakes_bars_{index}")
    views: dict[str, tuple[bool, Callable[[], object]]] = {  # whether weights are needed
        "Heat map": (True, lambda: heat_maps.show(model, explained(model, pixels, index))),
        "Is the heat map reliable?": (True, lambda: sanity_checks.show(model, pixels, index)),
        "Nearest training images": (True, lambda: near_duplicates.nearest(model, index)),
        "Augmented views": (True, lambda: augmented_views.show(model, index)),
        "Learning history": (False, lambda: learning_history.show(model, index)),
    }
    with right:
        tabs = st.tabs(list(views), key="mistakes_image_tab", on_change="rerun")
    for tab, (needs_weights, view) in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab, errors.shown():
                if needs_weights and model.without_weights:
                    st.info(model.without_weights, icon=":material/layers_clear:")
                else:
                    view()


def _walk(found: selection.Indices, index: int) -> None:
    """Where this image stands in the selection, and the buttons to its neighbors."""
    place = found.tolist().index(index) if index in found else 0
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, to, key in (
            ("Back", ":material/chevron_left:", place - 1, "mistakes_image_back"),
            ("Next", ":material/chevron_right:", place + 1, "mistakes_image_next"),
        ):
            inside = 0 <= to < len(found)
            st.button(
                label,
                icon=icon,
                key=key,
                disabled=not inside,
                on_click=state.remember,
                args=("mistakes_open", int(found[to]) if inside else index),
            )
        st.markdown(
            f":gray[{place + 1:,} of {len(found):,} · test image {index}]",
            width="content",
        )


def explained(model: EvaluatedModel, pixels: sheets.Pixels, index: int) -> Explained:
    """A test image as the heat maps need it; its maps are shared by all sessions."""
    model.check_explainable()
    predictions = model.predictions

    def maps(targets: tuple[int, ...], method: str, layer: str, progress: Progress) -> Maps:
        return cached_results.heat_maps(
            model.ref,
            catalogue.check_open(predictions.data),
            (index,) * len(targets),
            targets,
            method,
            layer,
            progress,
        )

    row = tuple(predictions.probabilities[index].tolist())
    return Explained(
        f"test_{index}", pixels, predictions.class_names, row, int(predictions.labels[index]), maps
    )
