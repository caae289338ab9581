"""Reliability diagram and confidence histogram. No Streamlit in here."""

from itertools import pairwise

import plotly.graph_objects as go

from core.mistakes.calibration import Calibration
from lab.charts.figure import COLORS, GRAY, make_figure


def reliability_diagram(made: Calibration) -> go.Figure:
    """Accuracy by confidence as bars; on the diagonal the two are equal."""
    filled = made.images > 0
    figure = _empty("Reliability diagram", "Accuracy (%)", [0, 100])
    figure.add_bar(
        x=[x for x, has in zip(_middles(made), filled, strict=True) if has],
        y=[100 * float(y) for y in made.accuracy[filled]],
        width=100 / len(made.images) * 0.92,
        name="Accuracy",
        marker_color=COLORS[0],
        customdata=[
            [title, int(count), 100 * float(sure)]
            for title, count, sure, has in zip(
                _titles(made), made.images, made.confidence, filled, strict=True
            )
            if has
        ],
        hovertemplate="confidence %{customdata[0]}: accuracy %{y:.1f}%, mean confidence "
        "%{customdata[2]:.1f}%, %{customdata[1]:,} images<extra></extra>",
    )
    figure.add_scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        name="Perfect calibration",
        line={"color": GRAY, "dash": "dash", "width": 2},
        hoverinfo="skip",
    )
    return figure


def confidence_histogram(made: Calibration) -> go.Figure:
    """How many predictions have which confidence."""
    figure = _empty("Confidence histogram", "Number of images", None)
    figure.add_bar(
        x=_middles(made),
        y=made.images.tolist(),
        width=100 / len(made.images) * 0.92,
        marker_color=GRAY,
        customdata=_titles(made),
        hovertemplate="confidence %{customdata}: %{y:,} images<extra></extra>",
        showlegend=False,
    )
    return figure


def _titles(made: Calibration) -> list[str]:
    edges = [f"{100 * edge:.0f}" for edge in made.edges]
    return [f"{low} to {high}%" for low, high in pairwise(edges)]


def _middles(made: Calibration) -> list[float]:
    return [100 * float(low + high) / 2 for low, high in pairwise(made.edges)]


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
