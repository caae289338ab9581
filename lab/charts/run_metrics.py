"""From a run's numbers to Plotly figures. No streamlit in here, so that tests read the data."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.analysis.rules.thresholds import thresholds
from core.metrics import METRICS
from lab.charts.figure import COLORS, MARKS, make_figure
from lab.charts.run_traces import (
    Curve,
    draw_averaged,
    draw_band,
    draw_both,
    draw_clean,
    draw_epochs,
    draw_steps,
    thin,
)

# Ten that stay apart on white and on near-black; markers differ too, for those who see few colors.
CLASS_COLORS = (
    "#1f8ccf", "#e8702a", "#14a37f", "#c86fa8", "#d99a00",
    "#7a7fe0", "#d64545", "#5f9ea0", "#8c6d46", "#7d8694",
)  # fmt: skip
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")
_ROOM = {"l": 60, "r": 10, "t": 100, "b": 50}  # for a legend of three lines below the title


def accuracy(curves: Sequence[Curve], target: float | None = None) -> go.Figure:
    """Accuracy in percent: on the evaluated images a point an epoch, in training thin by step.

    Of a run alone also the band of chance around it, the averaged weights' and that on training
    images as they are.
    """
    figure = _by_epoch(
        curves,
        "Accuracy",
        "Accuracy (%)",
        400,
        yaxis={"range": [0, 100]},
        margin=_ROOM,
        **_target(target),
    )
    draw_both(figure, curves, "accuracy", "test_accuracy", "%{y:.2f}%")
    draw_averaged(figure, curves, "ema_accuracy", "%{y:.2f}%")
    if len(curves) == 1:
        draw_clean(figure, curves[0])
        draw_band(figure, curves[0])
    return figure


def loss(curves: Sequence[Curve]) -> go.Figure:
    """Training loss by step (thin) and the loss on the evaluated images by epoch (solid)."""
    axis = {"range": [0, 1.05 * _highest_loss(curves)]}
    figure = _by_epoch(curves, "Loss", "Cross-entropy", 400, yaxis=axis, margin=_ROOM)
    draw_both(figure, curves, "loss", "test_loss", "%{y:.4f}")
    draw_averaged(figure, curves, "ema_loss", "%{y:.4f}")
    return figure


def _highest_loss(curves: Sequence[Curve]) -> float:
    """The top of the axis, at least a guesser's loss among ten classes; a loss that explodes does
    not press the others flat."""
    losses = [value for curve in curves for _, value in thin(curve.steps, "loss")]
    losses += [float(row["test_loss"]) for curve in curves for row in curve.epochs]
    return min(max([*losses, math.log(10)]), 10.0)


def added(name: str, curves: Sequence[Curve]) -> go.Figure:
    """A metric of core.metrics that is no figure of the training loop's own."""
    metric = METRICS[name]
    unit = f" ({metric.unit})" if metric.unit else ""
    figure = _by_epoch(curves, metric.label, f"{metric.label}{unit}")
    for index, curve in enumerate(curves):
        value = f"%{{y:,.{metric.digits}f}}{metric.unit}"
        draw_epochs(figure, curve, COLORS[index % len(COLORS)], value, lambda row: row.get(name))
    return figure


def rate(curves: Sequence[Curve]) -> go.Figure:
    """The learning rate as it was used."""
    figure = _by_epoch(curves, "Learning rate", "Learning rate")
    draw_steps(figure, curves, "learning_rate", "%{y:.4g}")
    return figure


def speed(curves: Sequence[Curve]) -> go.Figure:
    """Images per second in training."""
    figure = _by_epoch(curves, "Speed", "Images per second", yaxis={"rangemode": "tozero"})
    draw_steps(figure, curves, "images_per_second", "%{y:,.0f} images/s")
    return figure


def seconds(curves: Sequence[Curve]) -> go.Figure:
    """What each epoch took, training and evaluation together."""
    figure = _by_epoch(curves, "Seconds per epoch", "Seconds", yaxis={"rangemode": "tozero"})
    for index, curve in enumerate(curves):
        draw_epochs(figure, curve, COLORS[index % len(COLORS)], "%{y:,.1f} s", _seconds)
    return figure


def gradient(curves: Sequence[Curve]) -> go.Figure:
    """The mean norm of the gradient in each epoch."""
    figure = _by_epoch(curves, "Gradient", "Norm, mean of the epoch", yaxis={"rangemode": "tozero"})
    for index, curve in enumerate(curves):
        color = COLORS[index % len(COLORS)]
        draw_epochs(figure, curve, color, "%{y:.3g}", lambda row: row.get("gradient_norm"))
    return figure


def classes(curves: Sequence[Curve]) -> go.Figure:
    """Accuracy of each class of the first run, in percent by epoch, with its last value."""
    curve = curves[0]
    figure = _by_epoch(curves, "Accuracy by class", "Accuracy (%)", 480, yaxis={"range": [0, 100]})
    rows = [row for row in curve.epochs if row.get("class_accuracy")]
    count = len(rows[-1]["class_accuracy"]) if rows else 0
    names = [*curve.class_names, *(f"class {index}" for index in range(count))][:count]
    # Best first, as the lines lie above each other at their right end.
    ranked = sorted(range(count), key=lambda each: -rows[-1]["class_accuracy"][each])
    for index in ranked:
        y = [row["class_accuracy"][index] for row in rows]
        figure.add_scatter(
            x=[row["epoch"] for row in rows],
            y=y,
            mode="lines+markers",
            name=f"{names[index]} {y[-1]:.1f}%",
            line={
                "color": CLASS_COLORS[index % len(CLASS_COLORS)],
                "width": 2.5,
                "dash": "solid" if index < len(CLASS_COLORS) else "dot",
            },
            marker=MARKS | {"symbol": SYMBOLS[index % len(SYMBOLS)]},
            hovertemplate=f"{names[index]}, epoch %{{x}}: %{{y:.1f}}%<extra></extra>",
        )
    figure.layout.legend = {"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1}
    return figure


def _seconds(row: dict[str, Any]) -> float | None:
    return row["seconds"] + row.get("test_seconds", 0.0) if "seconds" in row else None


def _target(accuracy: float | None) -> dict[str, Any]:
    """A dashed line at the accuracy, in percent, that the assignment asks for if none is given."""
    target = thresholds().accuracy if accuracy is None else accuracy
    line = {"color": "#888", "dash": "dash", "width": 1}
    across = {"xref": "x domain", "yref": "y"}
    return {
        "shapes": [{**across, "type": "line", "x0": 0, "x1": 1, "y0": target, "y1": target}
                   | {"line": line}],
        "annotations": [{**across, "x": 0, "y": target, "text": f"{target:g}% required"}
                        | {"showarrow": False, "xanchor": "left", "yanchor": "bottom"}],
    }  # fmt: skip


def _by_epoch(
    curves: Sequence[Curve], title: str, y_title: str, height: int = 380, **layout: Any
) -> go.Figure:
    """An axis as long as the longest of the runs, from their first step on, a little longer."""
    longest = max((curve.total_epochs for curve in curves), default=0)
    axis = {"range": [0, longest * 1.02]} if longest else {"rangemode": "tozero"}
    return make_figure(title, y_title, "Epoch", height, xaxis=axis, **layout)
