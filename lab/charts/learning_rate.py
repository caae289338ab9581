"""The learning rates to come and those tried out, as Plotly figures for before a run.

No streamlit in here, so that tests read the data.
"""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from core.optim.lr_schedules import Factor
from lab.charts.figure import COLORS, make_figure

_DECADES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)


def schedule(
    factor: Factor,
    learning_rate: float,
    epochs: int,
    sides: Sequence[int] = (),
    example: bool = False,
) -> go.Figure:
    """The learning rate that a schedule will use and, dotted, the images' side in each epoch.

    `example`: the schedule looks at losses, which are made up here: they fall and then stall.
    """
    axis = {"range": [0, 1.1 * learning_rate]} if learning_rate > 0 else {}
    figure = make_figure(
        "Planned learning rate",
        x_title="Epoch",
        height=230,
        showlegend=False,
        yaxis=axis,
        margin={"l": 45, "r": 50 if sides else 10, "t": 50, "b": 45},
    )
    points = [index / 200 for index in range(201)]
    losses = _stalling(factor, epochs) if example else []
    figure.add_scatter(
        x=[point * epochs for point in points],
        y=[learning_rate * factor(point, losses[: int(point * epochs)]) for point in points],
        mode="lines",
        showlegend=False,
        line={"color": COLORS[0], "width": 2},
        hovertemplate="epoch %{x:.1f}: %{y:.4g}<extra></extra>",
    )
    if sides:
        figure.add_scatter(
            x=list(range(len(sides) + 1)),
            y=[*sides, sides[-1]],
            mode="lines",
            yaxis="y2",
            line={"color": COLORS[1], "width": 2, "dash": "dot", "shape": "hv"},
            hovertemplate="%{y} pixels a side<extra></extra>",
        )
        ends = sorted({sides[0], sides[-1]})
        figure.update_layout(
            yaxis2={
                "overlaying": "y",
                "side": "right",
                "range": [0, 1.1 * max(sides)],
                "showgrid": False,
                "tickvals": ends,
                "ticktext": [f"{side} px" for side in ends],
                "tickfont": {"color": COLORS[1]},
            }
        )
    figure.update_xaxes(range=[0, epochs])
    return figure


def _stalling(factor: Factor, epochs: int) -> list[float]:
    """Training losses as they might be: they fall towards a floor that is lower at a lower rate."""
    losses: list[float] = []
    loss = 2.3
    for epoch in range(epochs):
        floor = 0.3 + 0.7 * factor(epoch / epochs, losses)
        loss = floor + 0.6 * (loss - floor)
        losses.append(loss)
    return losses


def range_test(
    rates: Sequence[float], losses: Sequence[float], suggestion: float | None
) -> go.Figure:
    """Smoothed loss against learning rate (log axis), the suggestion as a dotted line."""
    shapes, annotations = [], []
    if suggestion is not None:
        place = {"xref": "x", "yref": "y domain"}
        shapes.append(
            {**place, "type": "line", "x0": suggestion, "x1": suggestion, "y0": 0, "y1": 1}
            | {"line": {"color": COLORS[1], "dash": "dot", "width": 2}}
        )
        annotations.append(
            {**place, "x": math.log10(suggestion), "y": 1, "text": f"{suggestion:.2g}"}
            | {"showarrow": False, "xanchor": "left", "yanchor": "top", "xshift": 4}
        )
    figure = make_figure(
        "Loss against learning rate",
        "Loss, smoothed",
        "Learning rate",
        260,
        showlegend=False,
        shapes=shapes,
        annotations=annotations,
        xaxis={"type": "log", "tickvals": _DECADES}
        | {"ticktext": [f"{each:g}" for each in _DECADES]},
        yaxis={"range": loss_range(losses)},
    )
    figure.add_scatter(
        x=list(rates),
        y=list(losses),
        mode="lines",
        line={"color": COLORS[0], "width": 2.5},
        hovertemplate="rate %{x:.2g}: loss %{y:.3f}<extra></extra>",
    )
    return figure


def loss_range(losses: Sequence[float]) -> list[float]:
    """From under the lowest loss to a little over the first: the explosion at the end would press
    all that matters flat."""
    if not losses:
        return [0.0, 2.5]
    low, first = min(losses), losses[0]
    room = max(first - low, 0.1 * first)
    return [low - 0.1 * room, first + 0.5 * room]
