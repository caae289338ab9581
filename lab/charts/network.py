"""From an inspection to figures: receptive field, cost, diagram. No streamlit in here."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from core.analysis.receptive_field.effective import Footprint
from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection, Layer
from lab.charts.figure import COLORS, make_figure

if TYPE_CHECKING:
    import numpy as np

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
    figure = _figure("Receptive field by depth", "Pixels", "Layers passed", 400)
    size = max(inspections[0].image_size)
    longest = 1
    for number, inspection in enumerate(inspections):
        rows = [row for row in inspection.rows if row.receptive_field and row.jump]
        rows = _before_pooling(rows, inspection)
        color = COLORS[number % len(COLORS)]
        longest = max(longest, len(rows))
        heights = [max(row.receptive_field or (0, 0)) for row in rows]
        figure.add_scatter(
            x=list(range(len(rows) + 1)),
            y=[1, *heights],
            mode="lines+markers",
            line={"shape": "hv", "color": color, "width": 3},
            marker={"size": 7},
            name=inspection.name,
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
                name=f"{inspection.name}, shorter side",
                hovertemplate="%{y:g} pixels on the shorter side<extra></extra>",
            )
    _line(figure, limit, f"over {limit:g} wanted", LIMIT)
    _line(figure, size, f"the image, {size}", IMAGE)
    figure.update_xaxes(range=[0, longest * 1.02])
    figure.update_layout(showlegend=len(figure.data) > 1)
    return figure


def cost(inspection: Inspection) -> go.Figure:
    """Where the parameters and the multiply-accumulates sit, layer by layer."""
    rows = [row for row in inspection.rows if row.parameters or row.macs]
    names = [_unique(row.name, number) for number, row in enumerate(rows)]
    figure = _figure(
        "Where the cost sits", "", "Share of the network (%)", max(300, 80 + 20 * len(rows))
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


def diagram(inspection: Inspection) -> str:
    """The network as Graphviz source: one box a layer, joins and functions included."""
    rows = [row for row in inspection.rows if row.operation >= 0]
    first_row: dict[int, int] = {}
    for number, row in enumerate(rows):
        first_row.setdefault(row.operation, number)
    lines = [
        "digraph network {",
        '  graph [rankdir=TB bgcolor="transparent" nodesep=0.25 ranksep=0.22]',
        '  node [shape=box style="filled,rounded" fontname="Helvetica" fontsize=11 '
        'fontcolor="#17212e" color="#7d8794" margin="0.14,0.06"]',
        '  edge [color="#7d8794" arrowsize=0.6 fontname="Helvetica" fontsize=9 '
        'fontcolor="#7d8794"]',
        f'  image [label="image\\n3 x {inspection.image_size[0]} x {inspection.image_size[1]}" '
        'fillcolor="#ffffff"]',
    ]
    boxes = _boxes(inspection, rows)
    for number, row, members in boxes:
        color = KINDS[kind_of(row)][1]
        lines.append(f'  n{number} [label="{_label(row, members)}" fillcolor="{color}"]')
    lines += _edges(inspection, boxes)
    return "\n".join([*lines, "}"])


def _boxes(inspection: Inspection, rows: Sequence[Layer]) -> list[tuple[int, Layer, list[Layer]]]:
    """A box for every layer that computes; what only normalizes or activates goes into it."""
    boxes: list[tuple[int, Layer, list[Layer]]] = []
    for number, row in enumerate(rows):
        quiet = not row.kernel and not row.macs and row.module and "Flatten" not in row.type
        if quiet and boxes and row.in_shape == row.out_shape and not _joins(inspection, row):
            boxes[-1][2].append(row)
        else:
            boxes.append((number, row, []))
    return boxes


def _joins(inspection: Inspection, row: Layer) -> bool:
    """Whether a quiet layer's input comes from elsewhere than the box before it."""
    operation = inspection.operations[row.operation]
    return len(operation.inputs) > 1


def _edges(inspection: Inspection, boxes: Sequence[tuple[int, Layer, list[Layer]]]) -> list[str]:
    owner: dict[int, int] = {}
    for number, row, members in boxes:
        for entry in (row, *members):
            owner.setdefault(entry.operation, number)
    for operation in inspection.operations:  # reshapes and the like belong to what feeds them
        if operation.index not in owner:
            sources = [owner[i] for i in operation.inputs if i in owner]
            if sources:
                owner[operation.index] = sources[0]
    shapes = {number: (members[-1] if members else row).out_shape for number, row, members in boxes}
    drawn: list[str] = []
    for operation in inspection.operations:
        target = owner.get(operation.index)
        for source in operation.inputs:
            start = "image" if source < 0 else f"n{owner[source]}" if source in owner else None
            if target is None or start is None or start == f"n{target}":
                continue
            shape = " x ".join(str(n) for n in shapes[owner[source]]) if source >= 0 else ""
            edge = f'  {start} -> n{target} [label="  {shape}"]'
            if edge not in drawn:
                drawn.append(edge)
    return drawn


def _label(row: Layer, members: Sequence[Layer]) -> str:
    parts = [f"{row.name}: {row.type}" if row.module else row.name]
    details = []
    if row.kernel:
        details.append(f"kernel {pair_text(row.kernel)}")
    if row.stride and max(row.stride) > 1:
        details.append(f"stride {pair_text(row.stride)}")
    if row.dilation and max(row.dilation) > 1:
        details.append(f"dilation {pair_text(row.dilation)}")
    if row.groups and row.groups > 1:
        details.append(f"{row.groups} groups")
    if row.parameters:
        details.append(f"{row.parameters:,} parameters")
    if details:
        parts.append(", ".join(details))
    if members:
        parts.append(", ".join(member.type for member in members))
    if row.receptive_field:
        parts.append(f"sees {pair_text(row.receptive_field)}")
    return "\\n".join(escape(part).replace("&#x27;", "'").replace("\\", "/") for part in parts)


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


def _figure(title: str, y_title: str, x_title: str, height: int) -> go.Figure:
    return make_figure(title, y_title, x_title, height, yaxis={"rangemode": "tozero"})


def footprint(found: Footprint, picture: "np.ndarray") -> go.Figure:
    """The effective field as heat over a picture (H, W, 3) uint8, in the theoretical box."""
    height, width = picture.shape[:2]
    top, bottom, left, right = found.box
    figure = _figure(f"Seen by the middle of {found.layer}", "", "", 520)
    figure.add_image(z=picture, hoverinfo="skip")
    figure.add_heatmap(
        z=[list(row) for row in found.heat],
        zmin=0,
        zmax=1,
        colorscale=[
            [0, "rgba(255,80,0,0)"],
            [0.25, "rgba(255,120,0,0.35)"],
            [1, "rgba(255,230,0,0.9)"],
        ],
        colorbar={"title": {"text": "share of<br>the largest"}, "thickness": 14},
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
