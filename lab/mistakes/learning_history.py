"""Mistakes: one image's predictions after every epoch: when learned, how often forgotten."""

import streamlit as st

from core.mistakes.forgetting import in_words
from lab import cached_results
from lab.charts.learning_history import predicted_classes
from lab.components.chart import chart
from lab.mistakes.evaluated_model import EvaluatedModel


def show(model: EvaluatedModel, index: int) -> None:
    """A sentence and a chart, or why there is none."""
    history = model.history
    if history is None or model.run is None:
        st.info(
            "A weights file has no history: choose a run that was trained here."
            if model.run is None
            else "No predictions were stored during this run's training for these weights: choose "
            "the best or the last epoch of a run that was evaluated on the test images."
        )
        return
    if len(history.epochs) < 2:
        st.info("This run has finished one epoch so far; come back after the next.")
        return
    labels = model.predictions.labels
    about = cached_results.learning(
        model.run.name, history.epochs[-1], len(history.epochs), history, labels.numpy()
    )
    st.markdown(in_words(about, index, history.epochs))
    chart(
        predicted_classes(history, model.predictions.class_names, int(labels[index]), index),
        f"mistakes_history_{index}",
    )
    st.caption("Green: correct. Orange: wrong. The larger the mark, the higher the confidence.")
