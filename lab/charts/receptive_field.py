"""Receptive fields drawn over an image: theoretical squares, effective heat. No streamlit."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.analysis.receptive_field.effective import Footprint
from core.analysis.summary.field_steps import Box, FieldStep
from core.analysis.summary.formats import pair_text
from lab.charts.figure import COLORS, make_figure
from lab.images.sheets import Pixels

FIELD, CURRENT, LIMIT, FRAME = COLORS[0], COLORS[1], COLORS[3], "#7d8794"
EDGE = 3.6  # pixels around the largest square, for its words


def nested_squares(
    steps: Sequence[FieldStep], current: int, image: Pixels, limit: float
) -> go.Figure:
    """What the middle of each map sees, to scale over an image (H, W, 3), up to step `current`.

    What of the current square lies outside the image is shaded; `limit` is drawn dashed.
    """
    height, width = image.shape[:2]
    whole = (-0.5, height - 0.5, -0.5, width - 0.5)
    row, column, half = (height - 1) / 2, (width - 1) / 2, limit / 2
    required = (row - half, row + half, column - half, column + half)
    figure = make_figure("", height=480, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.add_image(z=image, hoverinfo="skip")
    _square(figure, whole, FRAME, 2)
    _square(figure, required, LIMIT, 2, dash="dash", words=f"{limit:g} px", below=True)
    shown = steps[current]
    for number, step in enumerate(steps[:current]):
        if step.box != shown.box:
            _square(figure, step.box, FIELD, 1.5, opacity=0.35 + 0.5 * number / max(current, 1))
    _square(figure, shown.box, CURRENT, 4, fill="rgba(232, 112, 42, 0.28)")
    _square(figure, shown.box, CURRENT, 4, words=f"{pair_text(shown.field)} px")
    boxes = [whole, required, *(step.box for step in steps)]
    top, bottom, left, right = (
        pick(box[side] for box in boxes) for side, pick in enumerate((min, max, min, max))
    )
    bare = {"visible": False, "constrain": "domain"}
    figure.update_xaxes(range=[left - EDGE, right + EDGE], **bare)
    figure.update_yaxes(range=[bottom + EDGE, top - EDGE], scaleanchor="x", **bare)
    figure.update_layout(showlegend=False, uirevision="squares")
    return figure


def _square(
    figure: go.Figure,
    box: Box,
    color: str,
    width: float,
    *,
    dash: str = "solid",
    opacity: float = 1.0,
    fill: str = "",
    words: str = "",
    below: bool = False,
) -> None:
    """A box with its words at its upper left corner, or at its lower right one where `below`."""
    top, bottom, left, right = box
    figure.add_shape(
        type="rect", x0=left, x1=right, y0=top, y1=bottom, opacity=opacity,
        line={"color": color, "width": width, "dash": dash},
        fillcolor=fill or "rgba(0, 0, 0, 0)", layer="below" if fill else "above",
    )  # fmt: skip
    if words:
        figure.add_annotation(
            x=right if below else left, y=bottom if below else top, text=f"<b>{words}</b>",
            showarrow=False, font={"color": color, "size": 18},
            xanchor="right" if below else "left", yanchor="top" if below else "bottom",
        )  # fmt: skip


def footprint(found: Footprint, image: Pixels) -> go.Figure:
    """The effective field as heat over a image (H, W, 3) uint8, in the theoretical box."""
    height, width = image.shape[:2]
    top, bottom, left, right = found.box
    figure = make_figure(f"Effective receptive field of {found.layer}", height=520)
    figure.add_image(z=image, hoverinfo="skip")
    figure.add_heatmap(
        z=[list(row) for row in found.heat],
        zmin=0,
        zmax=1,
        colorscale=[
            [0, "rgba(255,80,0,0)"],
            [0.25, "rgba(255,120,0,0.35)"],
            [1, "rgba(255,230,0,0.9)"],
        ],
        colorbar={"title": {"text": "relative<br>gradient"}, "thickness": 14},
        hovertemplate="row %{y}, column %{x}: %{z:.0%}<extra></extra>",
    )
    figure.add_shape(
        type="rect",
        x0=left - 0.5,
        x1=right + 0.5,
        y0=top - 0.5,
        y1=bottom + 0.5,
        line={"color": FIELD, "width": 3},
    )
    edge = 2
    figure.update_xaxes(
        title="Column (pixels)",
        range=[min(left, 0) - edge, max(right, width - 1) + edge],
        constrain="domain",
    )
    figure.update_yaxes(
        title="Row (pixels)",
        range=[max(bottom, height - 1) + edge, min(top, 0) - edge],
        scaleanchor="x",
        constrain="domain",
    )
    return figure
