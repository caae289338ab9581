"""From an inspection to figures: receptive field by depth, cost by layer. No streamlit in here."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection, Layer
from lab.charts.figure import COLORS, make_figure

FIELD, LIMIT, IMAGE = COLORS[0], COLORS[3], COLORS[2]
PARAMETERS, MACS = COLORS[0], COLORS[4]
KINDS = {  # what a bar or a box of the diagram stands for, and its color
    "convolution": ("Convolution", "#9cc9ea"),
    "depthwise": ("Depthwise", "#f6c28b"),
    "dilated": ("Dilated", "#b7a6e8"),
    "strided": ("Strided", "#8fd3bd"),
    "pooling": ("Pooling", "#f2a7a7"),
    "linear": ("Fully connected", "#e7d37a"),
    "join": ("Join", "#d3d9e0"),
    "other": ("Other", "#e6e9ee"),
}


def kind_of(layer: Layer) -> str:
    """The key in KINDS that says most about a row of the table."""
    if layer.kernel and layer.groups:
        if layer.dilation and max(layer.dilation) > 1 and max(layer.kernel) > 1:
            return "dilated"
        if layer.groups > 1 and layer.in_shape and layer.groups == layer.in_shape[0]:
            return "depthwise"
        return "strided" if layer.stride and max(layer.stride) > 1 else "convolution"
    if "pool" in layer.type.lower():
        return "pooling"
    if "linear" in layer.type.lower():
        return "linear"
    if not layer.module and layer.type in ("sum", "concatenation", "product"):
        return "join"
    return "other"


def field_by_depth(inspections: Sequence[Inspection], limit: float) -> go.Figure:
    """Receptive field after every layer, up to the pooling, with the limit and the image's size."""
    figure = make_figure(
        "Receptive field by depth",
        "Pixels",
        "Depth (number of layers)",
        400,
        yaxis={"rangemode": "tozero"},
    )
    size = max(inspections[0].image_size)
    longest, several = 1, len(inspections) > 1
    for number, inspection in enumerate(inspections):
        rows = [row for row in inspection.rows if row.receptive_field and row.jump]
        rows = _before_pooling(rows, inspection)
        longest = max(longest, len(rows))
        _curve(figure, inspection.name, rows, number, below=several and not number)
    _line(figure, limit, f"required: over {limit:g}", LIMIT)
    _line(figure, size, f"image size: {size}", IMAGE)
    figure.update_xaxes(range=[0, longest * 1.02])
    figure.update_layout(showlegend=len(figure.data) > 1)
    return figure


def _curve(
    figure: go.Figure, name: str, rows: Sequence[Layer], number: int, *, below: bool
) -> None:
    """One network's receptive field; where height and width differ, two lines.

    The first of several is wide and pale and lies `below` the others, which are dashed: two that
    are equal are both seen.
    """
    color = COLORS[number % len(COLORS)]
    heights = [max(row.receptive_field or (0, 0)) for row in rows]
    figure.add_scatter(
        x=list(range(len(rows) + 1)),
        y=[1, *heights],
        mode="lines+markers",
        line={"shape": "hv", "color": color, "width": 8 if below else 3}
        | ({"dash": "6px,5px"} if number else {}),
        opacity=0.55 if below else 1,
        marker={"size": 6 if number else 7, "symbol": "circle-open" if number else "circle"},
        name=name,
        text=["input image", *(f"{row.name} ({row.type})" for row in rows)],
        customdata=["1", *(pair_text(row.jump) for row in rows)],
        hovertemplate="%{text}<br>receptive field %{y:g}, jump %{customdata}<extra></extra>",
    )
    widths = [min(row.receptive_field or (0, 0)) for row in rows]
    if widths != heights:
        figure.add_scatter(
            x=list(range(len(rows) + 1)),
            y=[1, *widths],
            mode="lines",
            line={"shape": "hv", "color": color, "width": 2, "dash": "dot"},
            name=f"{name}, shorter side",
            hovertemplate="%{y:g} pixels on the shorter side<extra></extra>",
        )


def cost(inspection: Inspection) -> go.Figure:
    """Where the parameters and the multiply-accumulates sit, layer by layer."""
    rows = [row for row in inspection.rows if row.parameters or row.macs]
    names = [_unique(row.name, number) for number, row in enumerate(rows)]
    figure = make_figure(
        "Parameters and MACs by layer",
        "",
        "Share of the network (%)",
        max(300, 80 + 20 * len(rows)),
    )
    for title, color, values, total in (
        ("Parameters", PARAMETERS, [row.parameters for row in rows], inspection.parameters),
        ("MACs", MACS, [row.macs for row in rows], inspection.macs),
    ):
        figure.add_bar(
            y=names,
            x=[100 * value / total if total else 0 for value in values],
            customdata=values,
            orientation="h",
            name=f"{title} ({total:,})",
            marker={"color": color},
            hovertemplate="%{y}: %{customdata:,} " + title + " (%{x:.1f}%)<extra></extra>",
        )
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(
        autorange="reversed",
        tickvals=names,
        ticktext=[row.name for row in rows],
        automargin=True,
    )
    figure.update_layout(barmode="group", bargap=0.25)
    return figure


def _before_pooling(rows: list[Layer], inspection: Inspection) -> list[Layer]:
    ends = [end.operation for end in inspection.collapses if end.operation >= 0]
    if not ends:
        return rows
    keep_end = any(end.kind == "convolution" for end in inspection.collapses)
    return [row for row in rows if row.operation < min(ends) + (1 if keep_end else 0)]


def _line(figure: go.Figure, y: float, words: str, color: str) -> None:
    figure.add_hline(
        y=y,
        line={"dash": "dash", "color": color, "width": 2},
        annotation={"text": words, "font": {"color": color, "size": 14}},
        annotation_position="top left",
    )


def _unique(name: str, number: int) -> str:
    return f"{name}​{number}"
