"""Mistakes: accuracy, the confusion matrix whose cells filter the gallery, class by class."""

import pandas as pd
import streamlit as st

from core.mistakes.confusion import (
    SCALES,
    Counts,
    class_scores,
    confusion_counts,
    in_words,
    top_confusions,
)
from core.mistakes.forgetting import TopPredictions
from core.predictions import Predictions
from lab.components.matrix import matrix
from lab.layout import columns
from lab.mistakes import filter, gallery
from lab.mistakes.evaluated_model import EvaluatedModel

_MAX_ROWS = 12  # classes; more of them scroll


def show(model: EvaluatedModel) -> None:
    """Accuracy and top confusions in words, the confusion matrix, a table of the classes."""
    predictions = model.shown
    names = predictions.class_names
    counts = confusion_counts(predictions.labels, predictions.predicted, len(names))
    _in_short(predictions, counts)
    left, right = columns(4, 3)
    with left:
        _matrix(counts, names)
    with right:
        _scores(counts, names)


def _in_short(predictions: Predictions | TopPredictions, counts: Counts) -> None:
    total = int(counts.sum())
    wrong = total - int(counts.trace())
    words = in_words(top_confusions(counts), predictions.class_names)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric("Test accuracy", f"{predictions.accuracy:.2f}%", width="content")
        st.metric(f"Misclassified, of {total:,}", f"{wrong:,}", width="content")
        st.markdown(f"Most often: **{words}**" if words else "No mistakes at all.", width="stretch")


def _matrix(counts: Counts, names: tuple[str, ...]) -> None:
    heading, choice = columns(2, 3)
    heading.subheader("Confusion matrix", anchor=False)
    scale = choice.segmented_control(
        "Cells show",
        SCALES.names(),
        default="counts",
        format_func=lambda name: SCALES[name].label,
        key="mistakes_scale",
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    scale = scale or "counts"
    matrix(
        counts,
        names,
        "mistakes_matrix",
        lambda true, predicted: filter.set_to(names, true, predicted),
        scale=scale,
        chosen=filter.chosen(names),
        shows=gallery.KEY,
    )
    st.caption(f"{SCALES[scale].help} Click a cell or a name to see the images below.")


def _scores(counts: Counts, names: tuple[str, ...]) -> None:
    st.subheader("Class by class", anchor=False)
    scores = class_scores(counts, names)
    table = pd.DataFrame(
        {
            "Class": [score.name for score in scores],
            "Precision": [_percent(score.precision) for score in scores],
            "Recall": [_percent(score.recall) for score in scores],
            "F1": [_percent(score.f1) for score in scores],
            "Images": [score.images for score in scores],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(scores) <= _MAX_ROWS else 480,
        row_height=37,
        column_config={
            name: st.column_config.ProgressColumn(
                help=words, format="%.1f%%", min_value=0, max_value=100, width=96
            )
            for name, words in (
                ("Precision", "Of the images predicted as this class, how many are of it."),
                ("Recall", "Of the images of this class, how many were predicted as it."),
                ("F1", "The harmonic mean of precision and recall."),
            )
        },
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
