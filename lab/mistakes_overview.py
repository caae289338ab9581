"""Mistakes: how often and which for which, the matrix whose cells filter the gallery."""

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
from core.mistakes.predictions import Predictions
from lab import mistakes_filter
from lab.matrix import matrix
from lab.mistakes_subject import Subject
from lab.page import columns


def show(subject: Subject) -> None:
    """Accuracy and top confusions in words, the confusion matrix, a table of the classes."""
    predictions = subject.predictions
    names = predictions.class_names
    counts = confusion_counts(predictions.labels, predictions.predicted, len(names))
    _in_short(predictions, counts)
    left, right = columns(11, 9)
    with left:
        _matrix(counts, names)
    with right:
        _scores(counts, names)


def _in_short(predictions: Predictions, counts: Counts) -> None:
    total = int(counts.sum())
    wrong = total - int(counts.trace())
    accuracy, mistakes, often = columns(2, 2, 7)
    accuracy.metric("Test accuracy", f"{predictions.accuracy:.2f}%")
    mistakes.metric("Wrong answers", f"{wrong:,} of {total:,}")
    with often.container(height="stretch", vertical_alignment="center"):
        said = in_words(top_confusions(counts), predictions.class_names)
        st.markdown("Most often:" if said else "No mistakes at all.")
        if said:
            st.markdown(f"**{said}**")


def _matrix(counts: Counts, names: tuple[str, ...]) -> None:
    heading, choice = columns(3, 4)
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
    clicked = matrix(
        counts, names, "mistakes_matrix", scale=scale, chosen=mistakes_filter.chosen(names)
    )
    if clicked is not None:
        mistakes_filter.set_to(names, *clicked)
        st.rerun()
    st.caption(f"{SCALES[scale].help} Click a cell or a name to see the images below.")


def _scores(counts: Counts, names: tuple[str, ...]) -> None:
    st.subheader("Class by class", anchor=False)
    rows = [
        {
            "Class": score.name,
            "Images": score.images,
            "Precision": _percent(score.precision),
            "Recall": _percent(score.recall),
            "F1": _percent(score.f1),
        }
        for score in class_scores(counts, names)
    ]
    share = {"format": "%.1f%%", "min_value": 0, "max_value": 100}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=min(38 * (len(rows) + 1), 460),
        row_height=36,
        column_config={
            "Images": st.column_config.NumberColumn(width="small"),
            "Precision": st.column_config.ProgressColumn(
                help="Of the images that were called this, how many are.", **share
            ),
            "Recall": st.column_config.ProgressColumn(
                help="Of the images that are this, how many were called so.", **share
            ),
            "F1": st.column_config.ProgressColumn(
                help="The harmonic mean of precision and recall.", **share
            ),
        },
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
