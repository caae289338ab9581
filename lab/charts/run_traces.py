"""The lines that a run draws in a chart, by step and by epoch. No streamlit in here."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from lab.charts.figure import COLORS, MARKS

LARGEST_POINTS = 400  # of a line: more is finer than a screen and slows the browser
_BAND = "rgba(31, 140, 207, 0.28)"  # of the first color


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
    total_epochs: int = 0  # that it is to have; 0 where that is not known

    @property
    def held_out(self) -> bool:
        """Whether training images were set aside and evaluated instead of the test images."""
        return self.evaluated != "test images"


def noise(percent: float, images: int) -> float:
    """Half the width of the 95% interval around an accuracy in percent, in points.

    Binomial, normal approximation: 1.96 sqrt(p (1 - p) / n); 0.70 at 85% of 10,000 images.
    """
    share = min(max(percent / 100, 0.0), 1.0)
    return 196 * math.sqrt(share * (1 - share) / images) if images else 0.0


def thin(
    rows: Sequence[dict[str, Any]], key: str, largest: int = LARGEST_POINTS
) -> list[tuple[float, float]]:
    """At most `largest` (step, value) pairs: means of as many neighbors as it takes."""
    size = -(-len(rows) // largest) or 1
    pairs = []
    for start in range(0, len(rows), size):
        group = rows[start : start + size]
        pairs.append((float(group[-1]["step"]), sum(row[key] for row in group) / len(group)))
    return pairs


def draw_both(
    figure: go.Figure, curves: Sequence[Curve], step_key: str, epoch_key: str, value: str
) -> None:
    """Each run twice: while training, by step, and on the evaluated images, by epoch."""
    for index, curve in enumerate(curves):
        color, faint = _colors(index, curves)
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
            line={"color": color, "width": 3},
            marker=MARKS,
            hovertemplate=f"epoch %{{x}}: {value} on the {curve.evaluated}<extra></extra>",
        )


def draw_averaged(figure: go.Figure, curves: Sequence[Curve], key: str, value: str) -> None:
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
            name="EMA weights" if alone else f"{curve.title}, EMA weights",
            line={
                "color": COLORS[2] if alone else COLORS[index % len(COLORS)],
                "width": 2.5,
                "dash": "dash",
            },
            showlegend=alone,
            hovertemplate=f"epoch %{{x}}: {value}, EMA weights, {curve.evaluated}<extra></extra>",
        )


def draw_clean(figure: go.Figure, curve: Curve) -> None:
    """Accuracy on training images as they are, in the mode that the test images are seen in."""
    rows = [row for row in curve.epochs if row.get("clean_accuracy") is not None]
    if rows:
        figure.add_scatter(
            x=[row["epoch"] for row in rows],
            y=[row["clean_accuracy"] for row in rows],
            mode="lines+markers",
            name="Training, clean",
            line={"color": COLORS[1], "width": 2, "dash": "dot"},
            marker=MARKS | {"size": 6, "symbol": "diamond"},
            hovertemplate="epoch %{x}: %{y:.2f}% on 2,000 training images, not augmented"
            "<extra></extra>",
        )


def draw_band(figure: go.Figure, curve: Curve) -> None:
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
        name=f"95%: ±{half[-1]:.1f}",
        hoverinfo="skip",
    )


def draw_epochs(
    figure: go.Figure,
    curve: Curve,
    color: str,
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
        line={"color": color, "width": 2},
        marker=MARKS,
        hovertemplate=f"epoch %{{x}}: {value}<extra></extra>",
    )


def draw_steps(figure: go.Figure, curves: Sequence[Curve], key: str, value: str) -> None:
    for index, curve in enumerate(curves):
        x, y = _by_step(curve, key, smooth=key != "learning_rate")
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            name=_name(curve, "", curves),
            line={"color": COLORS[index % len(COLORS)], "width": 2},
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


def _colors(index: int, curves: Sequence[Curve]) -> tuple[str, str]:
    """Of test and training: two for one run alone, one a run where several share the axes."""
    color = COLORS[index % len(COLORS)]
    return (color, COLORS[1]) if len(curves) == 1 else (color, color)


def _name(curve: Curve, part: str, curves: Sequence[Curve]) -> str:
    if len(curves) == 1:
        return part.capitalize() or curve.title
    return f"{curve.title}, {part}" if part == "training" else curve.title
