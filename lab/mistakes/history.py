"""Mistakes: one image's answers under every epoch: when it was learned, how often forgotten."""

import plotly.graph_objects as go
import streamlit as st

from core.mistakes.forgetting import LearningHistory, in_words
from lab import cached_results
from lab.charts.figure import make_figure
from lab.components.chart import chart
from lab.mistakes.model_choice import Subject

RIGHT, WRONG = "#14a37f", "#e8702a"


def show(subject: Subject, index: int) -> None:
    """A sentence and a chart, or why there is none."""
    history = subject.history
    if history is None or subject.run is None:
        st.info(
            "A weights file has no history: choose a run that was trained here."
            if subject.run is None
            else "No answers of these weights were kept on the way: choose the best or the last "
            "epoch of a run that was tested on the test images."
        )
        return
    if len(history.epochs) < 2:
        st.info("This run has finished one epoch so far; come back after the next.")
        return
    labels = subject.predictions.labels
    about = cached_results.learning(
        subject.run.name, history.epochs[-1], len(history.epochs), history, labels.numpy()
    )
    st.markdown(in_words(about, index, history.epochs))
    chart(
        answers(history, subject.predictions.class_names, int(labels[index]), index),
        f"mistakes_history_{index}",
    )
    st.caption("Green is right, orange wrong; the larger the mark, the surer the answer.")


def answers(history: LearningHistory, names: tuple[str, ...], true: int, index: int) -> go.Figure:
    """The answer after each epoch, by class; the larger the mark, the surer."""
    said = history.predicted[:, index].astype(int)
    sure = history.confidence[:, index]
    # The true class on top, then others by how often they were the answer.
    others = sorted({int(each) for each in said} - {true}, key=lambda each: -(said == each).sum())
    rows = [true, *others]
    figure = make_figure(
        "",
        x_title="Epoch",
        height=100 + 36 * len(rows),
        margin={"l": 0, "t": 10, "b": 45},
        xaxis={"fixedrange": True, "rangemode": "tozero"},
        yaxis={
            "categoryorder": "array",
            "categoryarray": [
                f"{names[each]} (true)" if each == true else names[each] for each in reversed(rows)
            ],
            "range": [-0.6, len(rows) - 0.4],
            "fixedrange": True,
            "automargin": True,
        },
        showlegend=False,
    )
    figure.add_scatter(
        x=list(history.epochs),
        y=[f"{names[each]} (true)" if each == true else names[each] for each in said],
        mode="markers",
        marker={
            "size": [7 + 11 * float(each) for each in sure],
            "color": [RIGHT if each == true else WRONG for each in said],
            "line": {"width": 0},
        },
        customdata=[100 * float(each) for each in sure],
        hovertemplate="epoch %{x}: %{y}, %{customdata:.0f}% sure<extra></extra>",
    )
    return figure
