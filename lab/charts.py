"""From a run's numbers to Plotly figures. No streamlit in here, so that tests read the data."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

# Near Okabe and Ito's, told apart by the colour-blind, seen on white and on near-black.
COLOURS = ("#1f8ccf", "#e8702a", "#14a37f", "#c86fa8", "#d99a00", "#7a7fe0")
MARKS = {"size": 7, "maxdisplayed": 25}  # points; more of them hide a long run's lines
# Ten that stay apart on white and on near-black; markers differ too, for those who see few colours.
CLASS_COLOURS = (
    "#1f8ccf", "#e8702a", "#14a37f", "#c86fa8", "#d99a00",
    "#7a7fe0", "#d64545", "#5f9ea0", "#8c6d46", "#7d8694",
)  # fmt: skip
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")
LARGEST_POINTS = 400  # of a line: more is finer than a screen and slows the browser
_ROOM = {"l": 60, "r": 10, "t": 100, "b": 50}  # for a legend of three lines below the title
_BAND = "rgba(31, 140, 207, 0.28)"  # of the first colour
CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}
QUIET = {"displayModeBar": False}


@dataclass(frozen=True)
class Curve:
    """One run's rows: `steps` and `epochs` as in its folder; `images` were evaluated each epoch."""

    title: str
    epochs: Sequence[dict[str, Any]]
    steps: Sequence[dict[str, Any]]
    steps_per_epoch: int
    images: int = 0
    evaluated: str = "test images"
    class_names: tuple[str, ...] = ()

    @property
    def held_out(self) -> bool:
        """Whether training images were set aside and evaluated instead of the test images."""
        return self.evaluated != "test images"


def accuracy(curves: Sequence[Curve], target: float = 85.0) -> go.Figure:
    """Accuracy in percent: on the evaluated images a point an epoch, in training thin by step.

    Of a run alone also the band of chance around it, the averaged weights' and that on training
    images as they are.
    """
    figure = empty_figure(
        "Accuracy", "Accuracy (%)", 400, yaxis={"range": [0, 100]}, margin=_ROOM, **_wanted(target)
    )
    _draw_both(figure, curves, "accuracy", "test_accuracy", "%{y:.2f}%")
    _draw_averaged(figure, curves, "ema_accuracy", "%{y:.2f}%")
    if len(curves) == 1:
        _draw_clean(figure, curves[0])
        _draw_band(figure, curves[0])
    return figure


def loss(curves: Sequence[Curve]) -> go.Figure:
    """Training loss by step (thin) and the loss on the evaluated images by epoch (solid)."""
    empty = not any(curve.steps for curve in curves)
    axis = {"range": [0, 2.5]} if empty else {"rangemode": "nonnegative"}
    figure = empty_figure("Loss", "Cross-entropy", 400, yaxis=axis, margin=_ROOM)
    _draw_both(figure, curves, "loss", "test_loss", "%{y:.4f}")
    _draw_averaged(figure, curves, "ema_loss", "%{y:.4f}")
    return figure


def rate(curves: Sequence[Curve]) -> go.Figure:
    """The learning rate as it was used."""
    figure = empty_figure("Learning rate", "Learning rate")
    _draw_steps(figure, curves, "learning_rate", "%{y:.4g}")
    return figure


def speed(curves: Sequence[Curve]) -> go.Figure:
    """Images a second in training."""
    figure = empty_figure("Speed", "Images per second", yaxis={"rangemode": "tozero"})
    _draw_steps(figure, curves, "images_per_second", "%{y:,.0f} images/s")
    return figure


def seconds(curves: Sequence[Curve]) -> go.Figure:
    """What each epoch took, training and evaluation together."""
    figure = empty_figure("Time an epoch", "Seconds", yaxis={"rangemode": "tozero"})
    for index, curve in enumerate(curves):
        _draw_epochs(figure, curve, COLOURS[index % len(COLOURS)], "%{y:,.1f} s", _seconds)
    return figure


def gradient(curves: Sequence[Curve]) -> go.Figure:
    """The mean norm of the gradient in each epoch."""
    figure = empty_figure("Gradient", "Norm, mean of the epoch", yaxis={"rangemode": "tozero"})
    for index, curve in enumerate(curves):
        colour = COLOURS[index % len(COLOURS)]
        _draw_epochs(figure, curve, colour, "%{y:.3g}", lambda row: row.get("gradient_norm"))
    return figure


def classes(curves: Sequence[Curve]) -> go.Figure:
    """Accuracy of each class of the first run, in percent by epoch, with its last value."""
    curve = curves[0]
    figure = empty_figure("Accuracy by class", "Accuracy (%)", 480, yaxis={"range": [0, 100]})
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
                "color": CLASS_COLOURS[index % len(CLASS_COLOURS)],
                "width": 2.5,
                "dash": "solid" if index < len(CLASS_COLOURS) else "dot",
            },
            marker=MARKS | {"symbol": SYMBOLS[index % len(SYMBOLS)]},
            hovertemplate=f"{names[index]}, epoch %{{x}}: %{{y:.1f}}%<extra></extra>",
        )
    figure.layout.legend = {"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1}
    return figure


def noise(percent: float, images: int) -> float:
    """Half the width of the 95% interval around an accuracy in percent, in points.

    Binomial, normal approximation: 1.96 sqrt(p (1 - p) / n); 0.70 at 85% of 10,000 images.
    """
    share = min(max(percent / 100, 0.0), 1.0)
    return 196 * math.sqrt(share * (1 - share) / images) if images else 0.0


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
    """Each run twice: while training, by step, and on the evaluated images, by epoch."""
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
            name=_name(curve, "held out" if curve.held_out else "test", curves),
            line={"color": colour, "width": 3},
            marker=MARKS,
            hovertemplate=f"epoch %{{x}}: {value} on the {curve.evaluated}<extra></extra>",
        )


def _draw_averaged(figure: go.Figure, curves: Sequence[Curve], key: str, value: str) -> None:
    """The averaged weights' line of every run that keeps them."""
    for index, curve in enumerate(curves):
        rows = [row for row in curve.epochs if row.get(key) is not None]
        if not rows:
            continue
        alone = len(curves) == 1
        figure.add_scatter(
            x=[row["epoch"] for row in rows],
            y=[row[key] for row in rows],
            mode="lines",
            name="Averaged" if alone else f"{curve.title}, averaged",
            line={
                "color": COLOURS[2] if alone else COLOURS[index % len(COLOURS)],
                "width": 2.5,
                "dash": "dash",
            },
            showlegend=alone,
            hovertemplate=f"epoch %{{x}}: {value}, averaged weights, "
            f"{curve.evaluated}<extra></extra>",
        )


def _draw_clean(figure: go.Figure, curve: Curve) -> None:
    """Accuracy on training images as they are, in the mode that the test images are seen in."""
    rows = [row for row in curve.epochs if row.get("clean_accuracy") is not None]
    if rows:
        figure.add_scatter(
            x=[row["epoch"] for row in rows],
            y=[row["clean_accuracy"] for row in rows],
            mode="lines+markers",
            name="Not augmented",
            line={"color": COLOURS[1], "width": 2, "dash": "dot"},
            marker=MARKS | {"size": 6, "symbol": "diamond"},
            hovertemplate="epoch %{x}: %{y:.2f}% on 2,000 training images, not augmented"
            "<extra></extra>",
        )


def _draw_band(figure: go.Figure, curve: Curve) -> None:
    """Where the accuracy might lie with other images of the same kind: the noise floor."""
    if not curve.epochs or not curve.images:
        return
    x = [row["epoch"] for row in curve.epochs]
    middle = [row["test_accuracy"] for row in curve.epochs]
    half = [noise(percent, curve.images) for percent in middle]
    upper = [percent + each for percent, each in zip(middle, half, strict=True)]
    lower = [percent - each for percent, each in zip(middle, half, strict=True)]
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[*upper, *reversed(lower)],
        mode="lines",
        fill="toself",
        fillcolor=_BAND,
        line={"width": 0},
        name=f"Chance, ±{half[-1]:.1f}",
        hoverinfo="skip",
    )


def _draw_epochs(
    figure: go.Figure,
    curve: Curve,
    colour: str,
    value: str,
    of: Callable[[dict[str, Any]], float | None],
) -> None:
    """One line of a figure that is known once an epoch."""
    rows = [(row["epoch"], of(row)) for row in curve.epochs]
    figure.add_scatter(
        x=[epoch for epoch, found in rows if found is not None],
        y=[found for _, found in rows if found is not None],
        mode="lines+markers",
        name=curve.title,
        line={"color": colour, "width": 2},
        marker=MARKS,
        hovertemplate=f"epoch %{{x}}: {value}<extra></extra>",
    )


def _seconds(row: dict[str, Any]) -> float | None:
    return row["seconds"] + row.get("test_seconds", 0.0) if "seconds" in row else None


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


def empty_figure(title: str, y_title: str, height: int = 380, **layout: Any) -> go.Figure:
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
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0}
        | {"font": {"size": 13}},
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
