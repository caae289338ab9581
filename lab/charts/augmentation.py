"""From numbers to Plotly figures of augmentation. No streamlit in here."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.augment.demos.normalize_order import Order
from core.augment.demos.rotation_sweep import Sweep
from core.augment.demos.statistics_shift import BINS, Effect
from lab.charts.figure import GRAY, make_figure

CHANNELS = (("red", "#d9480f"), ("green", "#14a37f"), ("blue", "#1f8ccf"))
ORANGE, BLUE = "#e8702a", "#1f8ccf"


def balance(names: Sequence[str], train: Sequence[int], test: Sequence[int]) -> go.Figure:
    """Images of each class, for training and for testing."""
    figure = make_figure("Images of each class", "Images", height=340)
    for title, counts, color in (("Training", train, BLUE), ("Test", test, ORANGE)):
        figure.add_bar(
            x=list(names), y=list(counts), name=title, marker_color=color,
            hovertemplate="%{x}: %{y:,} images<extra>" + title + "</extra>",
        )  # fmt: skip
    figure.update_layout(barmode="group", bargap=0.25)
    return figure


def levels(effect: Effect) -> go.Figure:
    """Histograms of pixel values per channel, before (dotted) and after the policy."""
    figure = make_figure(
        "Pixel values (dotted: before)", "Share of the pixels (%)", "Pixel value", 340
    )
    width = 256 // BINS
    places = [width * index + width / 2 for index in range(BINS)]
    for channel, (name, color) in enumerate(CHANNELS):
        for shares, dash, when in (
            (effect.histogram_before, "dot", "before"),
            (effect.histogram_after, "solid", "after"),
        ):
            figure.add_scatter(
                x=places, y=100 * shares[channel], mode="lines", name=name,
                showlegend=when == "after",
                line={"color": color, "width": 2, "dash": dash, "shape": "hvh"},
                hovertemplate=f"{name} %{{x:.0f}}, {when}: %{{y:.1f}}%<extra></extra>",
            )  # fmt: skip
    figure.update_xaxes(range=[0, 256], dtick=64)
    return figure


def hole_colors(orders: Sequence[Order]) -> go.Figure:
    """What the network is given inside the hole, per channel, for each order."""
    figure = make_figure("What the network is given in the hole", "Standard deviations", height=330)
    for channel, (name, color) in enumerate(CHANNELS):
        figure.add_bar(
            x=[order.title for order in orders],
            y=[order.normalized[channel] for order in orders],
            name=name, marker_color=color,
            hovertemplate="%{x}: %{y:.2f}<extra>" + name + "</extra>",
        )  # fmt: skip
    figure.add_hline(
        y=0, line_color=GRAY, line_width=2, annotation_text="0: the data set's mean",
        annotation_position="top right",
    )  # fmt: skip
    figure.update_layout(barmode="group", bargap=0.3)
    return figure


def rotation(sweep: Sweep, names: Sequence[str], label: int, angle: int) -> go.Figure:
    """Confidence against the angle: the label, and the strongest of the others at `angle`."""
    figure = make_figure(
        "Confidence against the angle", "Confidence (%)", "Angle (degrees, left is positive)", 400
    )
    place = sweep.angles.index(angle)
    answers = sweep.probabilities.argmax(1)
    strongest = sweep.probabilities.max(0).argsort()[::-1]
    rivals = [int(x) for x in dict.fromkeys(answers.tolist()) if x != label]
    rivals = rivals or [int(next(x for x in strongest if x != label))]
    rivals.sort(key=lambda x: -float(sweep.probabilities[:, x].max()))
    for index, color, width in (
        (label, BLUE, 4),
        *((x, c, 2) for x, c in zip(rivals[:4], _RIVALS, strict=False)),
    ):
        figure.add_scatter(
            x=list(sweep.angles), y=100 * sweep.probabilities[:, index], mode="lines",
            name=names[index] + (" (its label)" if index == label else ""),
            line={"color": color, "width": width},
            hovertemplate=f"{names[index]} at %{{x}} degrees: %{{y:.0f}}%<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=angle, line_color=GRAY, line_width=2)
    figure.add_scatter(
        x=[angle], y=[100 * float(sweep.probabilities[place].max())], mode="markers",
        marker={"size": 13, "color": GRAY}, showlegend=False,
        hovertemplate=f"{names[int(answers[place])]}: %{{y:.0f}}%<extra></extra>",
    )  # fmt: skip
    for edge in sweep.lost(label):
        if edge:
            figure.add_vline(
                x=edge, line_dash="dash", line_color=ORANGE, line_width=2,
                annotation_text=f"lost at {abs(edge)}°",
                annotation_position="top right" if edge > 0 else "top left",
            )  # fmt: skip
    figure.update_xaxes(range=[-180, 180], dtick=45)
    figure.update_yaxes(range=[0, 104])
    return figure


_RIVALS = ("#e8702a", "#14a37f", "#c86fa8", "#d99a00")
