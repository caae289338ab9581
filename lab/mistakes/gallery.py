"""Mistakes: the images, page by page, with heat maps on demand, and a closer look at one."""

import io

import numpy as np
import pandas as pd
import streamlit as st

from core.data.sources import catalogue
from core.mistakes import selection
from core.mistakes.cam.methods import DEFAULT
from core.mistakes.cam.overlay import colors, gray
from core.mistakes.forgetting import TopPredictions
from core.predictions import Predictions, check_fits
from lab import cached_results
from lab.components.tiles import Tile, tiles
from lab.images import sheets
from lab.mistakes import filter, image
from lab.mistakes.model_choice import Subject, images_of
from lab.pager import page_of

KEY = "mistakes_images"  # of the container that holds all of it
PAGE_SIZES = (10, 24, 48, 96)
_BARS = 3


def show(subject: Subject) -> None:
    """Filters, tiles, pages, downloads. Raises LabError where the images are not there."""
    predictions = subject.answers
    names = predictions.class_names
    st.subheader("Images", anchor=False)
    images = images_of(predictions)
    check_fits(subject.predictions, images)
    wanted = filter.controls(names, whole=isinstance(predictions, Predictions))
    found = selection.select(
        predictions,
        outcome=wanted.answers,
        true=wanted.true,
        predicted=wanted.predicted,
        confidence=wanted.confidence,
        order=wanted.order,
    )
    heat, opacity, target, size = _heat_controls()
    if not len(found):
        filter.chip(wanted, names)
        st.info(_none(wanted, names), icon=":material/check_circle:")
        return
    shown = page_of(found, size, "mistakes", wanted, lambda: filter.chip(wanted, names))
    pixels = images.test_images[shown].permute(0, 2, 3, 1).numpy()
    clicked = tiles(
        gray(pixels) if heat else pixels,
        [_tile(predictions, int(index)) for index in shown],
        "mistakes_tiles",
        heat=_heat(subject, shown, target) if heat else None,
        opacity=opacity,
    )
    _downloads(subject, found, shown, pixels, filter.in_words(wanted, names))
    if clicked is not None and clicked in found:
        image.open_at(subject, images, found, clicked)


def _heat_controls() -> tuple[bool, float, str, int]:
    switch, which, strength, size = st.columns(
        [2, 2, 2, 2], gap="small", vertical_alignment="bottom"
    )
    on = switch.toggle(
        "Heat maps",
        key="mistakes_heat",
        persist_state="session",
        help="Grad-CAM: where the network found what speaks for a class. Click an image for more.",
    )
    target = which.segmented_control(
        "Heat for",
        ["predicted", "true"],
        default="predicted",
        format_func={"predicted": "its answer", "true": "the truth"}.__getitem__,
        key="mistakes_heat_for",
        required=True,
        persist_state="session",
        disabled=not on,
    )
    opacity = strength.slider(
        "Opacity",
        0.0,
        1.0,
        0.55,
        0.05,
        key="mistakes_opacity",
        persist_state="session",
        disabled=not on,
    )
    count = size.selectbox(
        "Images a page", PAGE_SIZES, index=1, key="mistakes_page_size", persist_state="session"
    )
    return on, opacity, target or "predicted", count


def _heat(subject: Subject, shown: selection.Indices, target: str) -> sheets.Pixels:
    subject.check_explainable()
    predictions = subject.predictions
    classes = predictions.predicted if target == "predicted" else predictions.labels
    with st.spinner("Drawing heat maps"):
        maps = cached_results.heat_maps(
            str(subject.weights_path),
            subject.changed,
            catalogue.check_open(predictions.data),
            tuple(shown.tolist()),
            tuple(classes[shown].tolist()),
            DEFAULT,
            "",
        )
    return colors(maps.heat)


def _tile(predictions: Predictions | TopPredictions, index: int) -> Tile:
    names = predictions.class_names
    true, said = int(predictions.labels[index]), int(predictions.predicted[index])
    bars = [(said, float(predictions.confidence[index]))]
    if isinstance(predictions, Predictions):
        top = predictions.probabilities[index].topk(min(_BARS, len(names)))
        bars = list(zip(top.indices.tolist(), top.values.tolist(), strict=True))
    return Tile(
        index=index,
        first=f"is {names[true]}",
        second=names[said],
        right=true == said,
        bars=tuple((names[each], share) for each, share in bars),
    )


def _downloads(
    subject: Subject,
    found: selection.Indices,
    shown: selection.Indices,
    pixels: sheets.Pixels,
    asked: str,
) -> None:
    predictions = subject.answers
    names, said = predictions.class_names, predictions.predicted

    def page() -> bytes:
        captions = [
            (
                f"is {names[predictions.labels[index]]}",
                f"taken for {names[said[index]]} ({100 * predictions.confidence[index]:.0f}%)",
            )
            for index in shown.tolist()
        ]
        title = ", ".join(part for part in (subject.title, asked) if part)
        return sheets.captioned(pixels, captions, title)

    def table() -> bytes:
        return as_csv(predictions, found)

    with st.container(horizontal=True):
        st.download_button(
            f"These {len(shown)} as a picture",
            page,
            "mistakes.png",
            "image/png",
            icon=":material/image:",
            key="mistakes_png",
            on_click="ignore",
        )
        st.download_button(
            f"All {len(found):,} as a table (CSV)",
            table,
            "mistakes.csv",
            "text/csv",
            icon=":material/table:",
            key="mistakes_csv",
            on_click="ignore",
        )


def as_csv(predictions: Predictions | TopPredictions, indices: selection.Indices) -> bytes:
    """One row an image: its number in the test set, classes and confidence.

    Where all probabilities are known, these and the loss too.
    """
    names = np.asarray(predictions.class_names, dtype=object)
    labels = predictions.labels.numpy()[indices]
    table = pd.DataFrame(
        {
            "index": indices,
            "true": names[labels],
            "predicted": names[predictions.predicted.numpy()[indices]],
            "confidence": predictions.confidence.numpy()[indices],
        }
    )
    if isinstance(predictions, Predictions):
        probabilities = predictions.probabilities.numpy()[indices]
        table["loss"] = selection.loss(probabilities.astype(np.float64), labels)
        for column, name in enumerate(predictions.class_names):
            table[f"p({name})"] = probabilities[:, column]
    buffer = io.StringIO()
    table.to_csv(buffer, index=False, float_format="%.6g", lineterminator="\n")
    return buffer.getvalue().encode()


def _none(wanted: filter.Filter, names: tuple[str, ...]) -> str:
    asked = filter.in_words(wanted, names)
    kind = {"wrong": "wrong answers", "right": "right answers", "all": "images"}[wanted.answers]
    return f"There are no {kind}{f' here ({asked})' if asked else ''}. Choose other classes above."
