"""The layer table as text: plain, CSV, LaTeX, Markdown, and as torchsummary prints it."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from core.analysis.summary.inspection import BYTES, Inspection, Layer, Pair, flat
from core.registry import Registry

KIB, MIB = 1024, 1024**2  # bytes


@dataclass(frozen=True)
class Column:
    """A column of the table; `value` gets a row and the whole."""

    title: str
    help: str
    value: Callable[[Layer, Inspection], object]
    numeric: bool = True


def _shape(shape: Sequence[int]) -> str:
    return "x".join(str(size) for size in shape)


def pair_text(pair: Pair | None) -> str:
    """`3`, or `1x5` where height and width differ; empty for none."""
    if pair is None:
        return ""
    value = flat(pair)
    if isinstance(value, list):
        return "x".join(f"{side:g}" for side in value)
    return f"{value:g}"


def share(part: int, whole: int) -> float:
    """Percent, 0 of nothing."""
    return 100 * part / whole if whole else 0.0


COLUMNS: dict[str, Column] = {
    "name": Column("Layer", "where the layer stands in the network", lambda r, _: r.name, False),
    "type": Column("Type", "the layer's class, or what forward calls", lambda r, _: r.type, False),
    "in": Column("Input", "channels x height x width", lambda r, _: _shape(r.in_shape), False),
    "out": Column("Output", "channels x height x width", lambda r, _: _shape(r.out_shape), False),
    "kernel": Column(
        "Kernel", "pixels of the map it looks at", lambda r, _: pair_text(r.kernel), False
    ),
    "stride": Column(
        "Stride", "positions between its windows", lambda r, _: pair_text(r.stride), False
    ),
    "padding": Column(
        "Padding", "zeros put round the map", lambda r, _: pair_text(r.padding), False
    ),
    "dilation": Column(
        "Dilation", "spacing of the kernel's taps", lambda r, _: pair_text(r.dilation), False
    ),
    "groups": Column("Groups", "parts that the channels are split into", lambda r, _: r.groups),
    "jump": Column(
        "Jump", "input pixels between neighbors of the map", lambda r, _: pair_text(r.jump), False
    ),
    "field": Column(
        "Receptive field",
        "input pixels that one output can see",
        lambda r, _: pair_text(r.receptive_field),
        False,
    ),
    "parameters": Column("Parameters", "numbers that are learnt", lambda r, _: r.parameters),
    "share": Column(
        "Share (%)",
        "of the network's parameters",
        lambda r, i: round(share(r.parameters, i.parameters), 1),
    ),
    "macs": Column("MACs", "multiply-accumulates for one image", lambda r, _: r.macs),
    "macs_share": Column(
        "MACs (%)", "of the network's MACs", lambda r, i: round(share(r.macs, i.macs), 1)
    ),
    "memory": Column(
        "Memory (KiB)",
        "of its output for one image, as float32",
        lambda r, _: round(r.activation / KIB, 1),
    ),
}


@dataclass(frozen=True)
class Format:
    """A way to write the table down."""

    label: str
    suffix: str
    write: Callable[[Inspection], str]


FORMATS: Registry[Format] = Registry("format")


def cells(inspection: Inspection) -> list[list[object]]:
    """The table's rows, in the order of COLUMNS; the last is the total."""
    rows = [[c.value(row, inspection) for c in COLUMNS.values()] for row in inspection.rows]
    return [*rows, _total(inspection)]


def _total(inspection: Inspection) -> list[object]:
    known: dict[str, object] = {
        "name": "Total",
        "parameters": sum(row.parameters for row in inspection.rows),
        "share": 100.0 if inspection.parameters else 0.0,
        "macs": sum(row.macs for row in inspection.rows),
        "macs_share": 100.0 if inspection.macs else 0.0,
        "memory": round(sum(row.activation for row in inspection.rows) / KIB, 1),
        "field": pair_text(inspection.receptive_field),
    }
    return [known.get(name, None if c.numeric else "") for name, c in COLUMNS.items()]


def totals(inspection: Inspection) -> str:
    """The network in a few sentences."""
    lines = [
        f"{inspection.name}: {inspection.parameters:,} parameters"
        + (
            f" ({inspection.parameters - inspection.trainable:,} of them frozen)"
            if inspection.trainable != inspection.parameters
            else ""
        )
        + f", {inspection.macs:,} MACs for one image of "
        f"{inspection.image_size[0]}x{inspection.image_size[1]} pixels.",
        "Receptive field before pooling: "
        + (
            f"not determined. {inspection.undetermined}."
            if inspection.receptive_field is None
            else f"{pair_text(inspection.receptive_field)} pixels."
        ),
    ]
    if inspection.global_paths:
        lines.append(
            f"Global path, by which every position also sees all of the image (it does not count "
            f"here): {', '.join(inspection.global_paths)}."
        )
    if inspection.failure is not None:
        lines.append(f"It fails at {inspection.failure.layer}: {inspection.failure.message}")
    lines += [f"Note: {note}." for note in inspection.notes]
    return "\n".join(lines)


def _grid(inspection: Inspection) -> tuple[list[str], list[list[str]]]:
    def text(value: object) -> str:
        if value is None:
            return ""
        return f"{value:,}" if isinstance(value, int) else str(value)

    return [c.title for c in COLUMNS.values()], [
        [text(v) for v in row] for row in cells(inspection)
    ]


def plain(inspection: Inspection) -> str:
    """Columns lined up for a terminal."""
    titles, rows = _grid(inspection)
    columns = list(COLUMNS.values())
    widths = [max(len(row[i]) for row in (titles, *rows)) for i in range(len(titles))]

    def line(row: list[str]) -> str:
        parts = [
            value.rjust(width) if column.numeric else value.ljust(width)
            for value, width, column in zip(row, widths, columns, strict=True)
        ]
        return "  ".join(parts).rstrip()

    ruler = "  ".join("-" * width for width in widths)
    return "\n".join([line(titles), ruler, *map(line, rows[:-1]), ruler, line(rows[-1])])


def as_csv(inspection: Inspection) -> str:
    """Comma-separated, numbers without separators."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([c.title for c in COLUMNS.values()])
    writer.writerows(["" if v is None else v for v in row] for row in cells(inspection))
    return stream.getvalue()


def markdown(inspection: Inspection) -> str:
    titles, rows = _grid(inspection)
    marks = ["---:" if c.numeric else ":---" for c in COLUMNS.values()]
    return "\n".join("| " + " | ".join(row) + " |" for row in (titles, marks, *rows))


def latex(inspection: Inspection) -> str:
    """A tabular for the package booktabs."""
    titles, rows = _grid(inspection)
    marks = "".join("r" if c.numeric else "l" for c in COLUMNS.values())

    def line(row: list[str]) -> str:
        return "  " + " & ".join(_escaped(value) for value in row) + r" \\"

    return "\n".join(
        [
            r"\begin{tabular}{" + marks + "}",
            r"  \toprule",
            line(titles),
            r"  \midrule",
            *map(line, rows[:-1]),
            r"  \midrule",
            line(rows[-1]),
            r"  \bottomrule",
            r"\end{tabular}",
        ]
    )


def _escaped(text: str) -> str:
    for sign in "\\&%$#_{}":
        text = text.replace(sign, r"\textbackslash " if sign == "\\" else "\\" + sign)
    return text


def torchsummary(inspection: Inspection) -> str:
    """Character for character what the package torchsummary 1.5.1 prints, and the documents."""
    lines = ["-" * 64, "{:>20}  {:>25} {:>15}".format("Layer (type)", "Output Shape", "Param #")]
    lines.append("=" * 64)
    for number, row in enumerate(inspection.summary, 1):
        shape = str([-1, *row.out_shape])
        lines.append(f"{f'{row.type}-{number}':>20}  {shape:>25} {f'{row.parameters:,}':>15}")
    total = sum(row.parameters for row in inspection.summary)
    frozen = inspection.parameters - inspection.trainable
    outputs = sum(prod(row.out_shape) for row in inspection.summary)
    picture = 3 * prod(inspection.image_size) * BYTES / MIB
    passes = 2 * outputs * BYTES / MIB  # forward and backward
    weights = total * BYTES / MIB
    lines += [
        "=" * 64,
        f"Total params: {total:,}",
        f"Trainable params: {total - frozen:,}",
        f"Non-trainable params: {frozen:,}",
        "-" * 64,
        f"Input size (MB): {picture:.2f}",
        f"Forward/backward pass size (MB): {passes:.2f}",
        f"Params size (MB): {weights:.2f}",
        f"Estimated Total Size (MB): {picture + passes + weights:.2f}",
        "-" * 64,
    ]
    return "\n".join(lines)


for _name, _label, _suffix, _write in (
    ("table", "Plain text", "txt", plain),
    ("csv", "CSV", "csv", as_csv),
    ("latex", "LaTeX", "tex", latex),
    ("markdown", "Markdown", "md", markdown),
    ("torchsummary", "torchsummary", "txt", torchsummary),
):
    FORMATS.add(_name, Format(_label, _suffix, _write))
