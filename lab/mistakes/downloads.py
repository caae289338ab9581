"""Mistakes: the images of the gallery as a picture and as a table, to keep or to hand in."""

import io

import numpy as np
import pandas as pd
import streamlit as st

from core.mistakes import selection
from core.mistakes.forgetting import TopPredictions
from core.predictions import Predictions
from lab.images import sheets
from lab.mistakes.evaluated_model import EvaluatedModel


def show(
    model: EvaluatedModel,
    found: selection.Indices,
    page: selection.Indices,
    pixels: sheets.Pixels,
    filtered: str,
) -> None:
    """Two buttons: the images of this page (`pixels`) with captions, and a row for all found."""
    shown, names = model.shown, model.shown.class_names

    def picture() -> bytes:
        captions = [
            (
                f"true: {names[shown.labels[index]]}",
                f"predicted: {names[shown.predicted[index]]} ({shown.confidence[index]:.0%})",
            )
            for index in page.tolist()
        ]
        title = ", ".join(part for part in (model.title, filtered) if part)
        return sheets.captioned(pixels, captions, title)

    with st.container(horizontal=True):
        st.download_button(
            f"These {len(page)} images (PNG)",
            picture,
            "mistakes.png",
            "image/png",
            icon=":material/image:",
            key="mistakes_png",
            on_click="ignore",
        )
        st.download_button(
            f"Table of all {len(found):,} (CSV)",
            lambda: as_csv(shown, found),
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
