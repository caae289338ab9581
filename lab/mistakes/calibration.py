"""Mistakes: whether the network is as sure as it is right."""

from itertools import pairwise

import plotly.graph_objects as go
import streamlit as st

from core.mistakes.calibration import Calibration, calibrate, in_words
from lab.charts.figure import make_figure
from lab.components.chart import chart
from lab.layout import columns
from lab.mistakes.model_choice import Subject

_BLUE, _GRAY = "#1f8ccf", "#888"


def show(subject: Subject) -> None:
    """The sentence, the figures, the reliability diagram, how many images are how sure."""
    answers = subject.answers
    right = (answers.predicted == answers.labels).numpy()
    made = calibrate(answers.confidence.numpy(), right)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric(
            "Expected calibration error",
            f"{100 * made.error:.2f}%",
            width="content",
            help="The mean gap between confidence and accuracy over ten bins of confidence, each "
            "weighed by its images (Guo et al. 2017). 0 is perfect.",
        )
        st.metric(
            "Largest gap",
            f"{100 * made.worst:.1f}%",
            width="content",
            help="Of the bin where confidence and accuracy differ most. A bin of few images may "
            "differ by chance.",
        )
        st.markdown(in_words(made), width="content")
    left, right_pane = columns(3, 2)
    with left:
        chart(reliability(made), "mistakes_reliability")
    with right_pane:
        chart(how_sure(made), "mistakes_how_sure")
    st.caption(
        "Bars below the dashed line: of the answers with this confidence, fewer are right than it "
        "promises. Move the epoch above to see how this changes in training."
    )


def _titles(made: Calibration) -> list[str]:
    edges = [f"{100 * edge:.0f}" for edge in made.edges]
    return [f"{low} to {high}%" for low, high in pairwise(edges)]


def _middles(made: Calibration) -> list[float]:
    return [100 * float(low + high) / 2 for low, high in pairwise(made.edges)]


def reliability(made: Calibration) -> go.Figure:
    """Accuracy by confidence as bars; the diagonal is a network as sure as it is right."""
    filled = made.images > 0
    figure = _empty("Reliability", "Accuracy (%)", [0, 100])
    figure.add_bar(
        x=[x for x, has in zip(_middles(made), filled, strict=True) if has],
        y=[100 * float(y) for y in made.accuracy[filled]],
        width=100 / len(made.images) * 0.92,
        name="Right (%)",
        marker_color=_BLUE,
        customdata=[
            [title, int(count), 100 * float(sure)]
            for title, count, sure, has in zip(
                _titles(made), made.images, made.confidence, filled, strict=True
            )
            if has
        ],
        hovertemplate="%{customdata[0]} sure: %{y:.1f}% right, %{customdata[2]:.1f}% sure on "
        "average, %{customdata[1]:,} images<extra></extra>",
    )
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        name="As sure as right",
        line={"color": _GRAY, "dash": "dash", "width": 2},
        hoverinfo="skip",
    )
    return figure


def how_sure(made: Calibration) -> go.Figure:
    """How many answers have which confidence."""
    figure = _empty("How sure it is", "Images", None)
    figure.add_bar(
        x=_middles(made),
        y=made.images.tolist(),
        width=100 / len(made.images) * 0.92,
        marker_color=_GRAY,
        customdata=_titles(made),
        hovertemplate="%{customdata} sure: %{y:,} images<extra></extra>",
        showlegend=False,
    )
    return figure


def _empty(title: str, unit: str, span: list[float] | None) -> go.Figure:
    return make_figure(
        title,
        unit,
        "Confidence (%)",
        420,
        margin={"t": 70},
        xaxis={"range": [0, 100], "dtick": 20, "fixedrange": True},
        yaxis={"range": span, "rangemode": "tozero", "fixedrange": True},
    )
