"""From numbers to Plotly figures of training. No streamlit in here, so that tests read the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

# Near Okabe and Ito's, told apart by the colour-blind, seen on white and on near-black.
COLOURS = ("#1f8ccf", "#e8702a", "#14a37f", "#c86fa8", "#d99a00", "#7a7fe0")
LARGEST_POINTS = 400  # of a line: more is finer than a screen and slows the browser
CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}


@dataclass(frozen=True)
class Curve:
    """One run's rows: `steps` and `epochs` as in its folder."""

    title: str
    epochs: Sequence[dict[str, Any]]
    steps: Sequence[dict[str, Any]]
    steps_per_epoch: int


def accuracy(curves: Sequence[Curve], target: float = 85.0) -> go.Figure:
    """Test accuracy (solid, a point an epoch) and training accuracy (thin) in percent."""
    figure = _figure("Accuracy", "Accuracy (%)", yaxis={"range": [0, 100]}, **_wanted(target))
    _draw_both(figure, curves, "accuracy", "test_accuracy", "%{y:.2f}%")
    return figure


def loss(curves: Sequence[Curve]) -> go.Figure:
    """Training loss by step (thin) and test loss by epoch (solid)."""
    empty = not any(curve.steps for curve in curves)
    figure = _figure("Loss", "Cross-entropy", yaxis={"range": [0, 2.5]} if empty else {})
    _draw_both(figure, curves, "loss", "test_loss", "%{y:.4f}")
    return figure


def rate(curves: Sequence[Curve]) -> go.Figure:
    """The learning rate as it was used."""
    figure = _figure("Learning rate", "Learning rate", height=260)
    _draw_steps(figure, curves, "learning_rate", "%{y:.4g}")
    return figure


def speed(curves: Sequence[Curve]) -> go.Figure:
    """Images a second in training."""
    figure = _figure("Speed", "Images per second", height=260, yaxis={"rangemode": "tozero"})
    _draw_steps(figure, curves, "images_per_second", "%{y:,.0f} images/s")
    return figure


def schedule(factor: Any, learning_rate: float, epochs: int) -> go.Figure:
    """The learning rate that a schedule will use, before the run."""
    figure = _figure("Learning rate to come", "Learning rate", height=220)
    figure.update_layout(showlegend=False)
    points = [index / 200 for index in range(201)]
    figure.add_scatter(
        x=[point * epochs for point in points],
        y=[learning_rate * factor(point) for point in points],
        mode="lines",
        showlegend=False,
        line={"color": COLOURS[0], "width": 2},
        hovertemplate="epoch %{x:.1f}: %{y:.4g}<extra></extra>",
    )
    figure.update_xaxes(range=[0, epochs])
    return figure


def thin(
    rows: Sequence[dict[str, Any]], key: str, largest: int = LARGEST_POINTS
) -> list[tuple[float, float]]:
    """At most `largest` (step, value) pairs: means of as many neighbours as it takes."""
    size = -(-len(rows) // largest) or 1
    pairs = []
    for start in range(0, len(rows), size):
        group = rows[start : start + size]
        pairs.append((float(group[-1]["step"]), sum(row[key] for row in group) / len(group)))
    return pairs


def _draw_both(
    figure: go.Figure, curves: Sequence[Curve], step_key: str, epoch_key: str, value: str
) -> None:
    """Each run twice: while training, by step, and on the test images, by epoch."""
    for index, curve in enumerate(curves):
        colour, faint = _colours(index, curves)
        x, y = _by_step(curve, step_key)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            name=_name(curve, "training", curves),
            line={"color": faint, "width": 1.5},
            opacity=0.65,
            showlegend=len(curves) == 1,
            hovertemplate=f"epoch %{{x:.2f}}: {value} in training<extra></extra>",
        )
        figure.add_scatter(
            x=[row["epoch"] for row in curve.epochs],
            y=[row[epoch_key] for row in curve.epochs],
            mode="lines+markers",
            name=_name(curve, "test", curves),
            line={"color": colour, "width": 3},
            marker={"size": 7},
            hovertemplate=f"epoch %{{x}}: {value} on the test images<extra></extra>",
        )


def _draw_steps(figure: go.Figure, curves: Sequence[Curve], key: str, value: str) -> None:
    for index, curve in enumerate(curves):
        x, y = _by_step(curve, key, smooth=key != "learning_rate")
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            name=_name(curve, "", curves),
            line={"color": COLOURS[index % len(COLOURS)], "width": 2},
            hovertemplate=f"epoch %{{x:.2f}}: {value}<extra></extra>",
        )


def _by_step(curve: Curve, key: str, *, smooth: bool = True) -> tuple[list[float], list[float]]:
    if not curve.steps_per_epoch:
        return [], []
    pairs = thin([row for row in curve.steps if key in row], key)
    if smooth:
        pairs = _smooth(pairs)
    return [step / curve.steps_per_epoch for step, _ in pairs], [value for _, value in pairs]


def _smooth(pairs: list[tuple[float, float]], weight: float = 0.7) -> list[tuple[float, float]]:
    """An exponential mean without the pull towards a first value (bias-corrected, as in Adam)."""
    mean, smoothed = 0.0, []
    for index, (step, value) in enumerate(pairs, 1):
        mean = weight * mean + (1 - weight) * value
        smoothed.append((step, mean / (1 - weight**index)))
    return smoothed


def _colours(index: int, curves: Sequence[Curve]) -> tuple[str, str]:
    """Of test and training: two for one run alone, one a run where several share the axes."""
    colour = COLOURS[index % len(COLOURS)]
    return (colour, COLOURS[1]) if len(curves) == 1 else (colour, colour)


def _name(curve: Curve, part: str, curves: Sequence[Curve]) -> str:
    if len(curves) == 1:
        return part.capitalize() or curve.title
    return f"{curve.title}, {part}" if part == "training" else curve.title


def _figure(title: str, y_title: str, height: int = 380, **layout: Any) -> go.Figure:
    """An empty figure in the lab's looks; `uirevision` keeps a viewer's zoom over updates.

    The layout is given whole: Plotly's update_layout, add_hline and the like take ten times as
    long, and a live chart is made anew every second beside the training.
    """
    y_axis = {"title": {"text": y_title}, **layout.pop("yaxis", {})}
    looks = {
        "title": {"text": title, "font": {"size": 20}, "x": 0, "xanchor": "left", "y": 0.98},
        "height": height,
        "margin": {"l": 60, "r": 10, "t": 62, "b": 50},
        # Above the plot, left: nothing is covered, and more runs get more lines upwards.
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0},
        "showlegend": True,
        "font": {"size": 15},
        "hovermode": "closest",
        "uirevision": title,
        "xaxis": {"title": {"text": "Epoch"}, "rangemode": "tozero"},
        "yaxis": y_axis,
    }
    return go.Figure(layout=looks | layout)


def _wanted(target: float) -> dict[str, Any]:
    """A dashed line at the accuracy that the assignment wants, and what it is."""
    line = {"color": "#888", "dash": "dash", "width": 1}
    across = {"xref": "x domain", "yref": "y"}
    return {
        "shapes": [{**across, "type": "line", "x0": 0, "x1": 1, "y0": target, "y1": target}
                   | {"line": line}],
        "annotations": [{**across, "x": 0, "y": target, "text": f"{target:g}% wanted"}
                        | {"showarrow": False, "xanchor": "left", "yanchor": "bottom"}],
    }  # fmt: skip
