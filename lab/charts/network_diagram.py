"""A network as Graphviz source: one box a layer. No streamlit in here."""

from collections.abc import Sequence
from html import escape

from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection, Layer
from lab.charts.network import KINDS, kind_of


def diagram(inspection: Inspection) -> str:
    """The source: joins and functions included, what only normalizes or activates within a box."""
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
        parts.append(f"receptive field {pair_text(row.receptive_field)}")
    return "\\n".join(escape(part).replace("&#x27;", "'").replace("\\", "/") for part in parts)
