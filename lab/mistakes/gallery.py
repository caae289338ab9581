"""Mistakes: the images, page by page, with heat maps on demand, and a closer look at one."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.sources import catalogue
from core.mistakes import selection
from core.mistakes.cam.methods import DEFAULT
from core.mistakes.cam.overlay import colors, gray
from core.mistakes.forgetting import TopPredictions
from core.predictions import Predictions, check_fits
from lab import cached_results
from lab.components.tiles import Tile, tiles
from lab.images import sheets
from lab.layout import progress_bar
from lab.mistakes import downloads, filter, image_dialog
from lab.mistakes.evaluated_model import EvaluatedModel, images_of
from lab.pager import page_of

KEY = "mistakes_images"  # of the container that holds all of it
PAGE_SIZES = (10, 24, 48, 96)
_BARS = 3
_TARGETS = {"predicted": "Predicted class", "true": "True class"}


@dataclass(frozen=True)
class _HeatSettings:
    on: bool
    target: str  # predicted or true: the class whose evidence is shown
    opacity: float


def show(model: EvaluatedModel) -> None:
    """Filters, tiles, pages, downloads. Raises LabError where the images are not there."""
    shown = model.shown
    names = shown.class_names
    st.subheader("Images", anchor=False)
    images = images_of(shown)
    check_fits(model.predictions, images)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        menus, switch = st.container(), st.container(width="content")
        more = st.popover("More", icon=":material/tune:", key="mistakes_more")
    wanted = filter.controls(menus, more, names, whole=isinstance(shown, Predictions))
    heat = _heat_controls(switch, more, model)
    size = more.selectbox(
        "Images per page", PAGE_SIZES, index=1, key="mistakes_page_size", persist_state="session"
    )
    found = selection.select(
        shown,
        outcome=wanted.outcome,
        true=wanted.true,
        predicted=wanted.predicted,
        confidence=wanted.confidence,
        order=wanted.order,
    )
    if not len(found):
        filter.chip(wanted, names)
        st.info(_none(wanted, names), icon=":material/check_circle:")
        return
    page = page_of(found, size, "mistakes", wanted, lambda: filter.chip(wanted, names))
    pixels = images.test_images[page].permute(0, 2, 3, 1).numpy()
    clicked = tiles(
        gray(pixels) if heat.on else pixels,
        [_tile(shown, int(index)) for index in page],
        "mistakes_tiles",
        heat=_heat(model, page, heat.target) if heat.on else None,
        opacity=heat.opacity,
    )
    downloads.show(model, found, page, pixels, filter.in_words(wanted, names))
    if clicked is not None and clicked in found:
        image_dialog.open_at(model, images, found, clicked)


def _heat_controls(
    place: DeltaGenerator, more: DeltaGenerator, model: EvaluatedModel
) -> _HeatSettings:
    """The switch in `place`, the rest in `more`; off where there are no weights."""
    missing = model.without_weights
    on = place.toggle(
        "Heat maps",
        key="mistakes_heat",
        persist_state="session",
        disabled=bool(missing),
        help="Grad-CAM: where the network found evidence for a class. Click an image for more.",
    )
    if on and missing:
        st.info(missing, icon=":material/layers_clear:")
    with more:
        target = st.segmented_control(
            "Heat map of",
            list(_TARGETS),
            default="predicted",
            format_func=_TARGETS.__getitem__,
            key="mistakes_heat_for",
            required=True,
            persist_state="session",
            disabled=not on,
        )
        opacity = st.slider(
            "Opacity", 0.0, 1.0, 0.55, 0.05, key="mistakes_opacity", persist_state="session",
            disabled=not on,
        )  # fmt: skip
    return _HeatSettings(on and not missing, target or "predicted", opacity)


def _heat(model: EvaluatedModel, page: selection.Indices, target: str) -> sheets.Pixels:
    model.check_explainable()
    predictions = model.predictions
    classes = predictions.predicted if target == "predicted" else predictions.labels
    with progress_bar() as progress:
        maps = cached_results.heat_maps(
            model.ref,
            catalogue.check_open(predictions.data),
            tuple(page.tolist()),
            tuple(classes[page].tolist()),
            DEFAULT,
            "",
            progress,
        )
    return colors(maps.heat)


def _tile(predictions: Predictions | TopPredictions, index: int) -> Tile:
    names = predictions.class_names
    true, predicted = int(predictions.labels[index]), int(predictions.predicted[index])
    bars = [(predicted, float(predictions.confidence[index]))]
    if isinstance(predictions, Predictions):
        top = predictions.probabilities[index].topk(min(_BARS, len(names)))
        bars = list(zip(top.indices.tolist(), top.values.tolist(), strict=True))
    return Tile(
        index=index,
        first=f"true: {names[true]}",
        second=names[predicted],
        right=true == predicted,
        bars=tuple((names[each], share) for each, share in bars),
    )


def _none(wanted: filter.Filter, names: tuple[str, ...]) -> str:
    filtered = filter.in_words(wanted, names)
    kind = {"wrong": "wrong predictions", "right": "correct predictions", "all": "images"}
    where = f" here ({filtered})" if filtered else ""
    return f"There are no {kind[wanted.outcome]}{where}. Choose other classes above."
