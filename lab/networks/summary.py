"""A network's origin, its figures, its verdict, its layers and charts. Streamlit only."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.analysis.rules.case import NOT_DETERMINED, NOT_MEASURED, RuleResult
from core.analysis.rules.check import RULES
from core.analysis.rules.thresholds import thresholds
from core.analysis.summary import formats
from core.analysis.summary.inspection import Inspection
from core.networks.catalogue import NETWORKS
from lab.charts import network, network_diagram
from lab.components.chart import chart
from lab.html_table import Cell, html_table

ICONS = {
    True: ":green[:material/check_circle:]",
    False: ":red[:material/cancel:]",
    None: ":gray[:material/radio_button_unchecked:]",
}


def origin(name: str, inspection: Inspection) -> None:
    """Where a network of the documents is from, and what of it is a guess."""
    if name not in NETWORKS:
        return
    record = NETWORKS[name]
    if record.reconstruction and record.claims:
        st.warning(
            f"Reconstructed. {record.reconstruction} Printed total: "
            f"{record.claims.parameters:,}; here: {inspection.parameters:,}.",
            icon=":material/architecture:",
        )
    notes = "  \n".join(record.notes)
    st.caption(f"{record.origin}. {record.help}", help=notes or None)


@dataclass(frozen=True)
class Figure:
    """A number that the assignment asks about; `change` is since the network before, in words."""

    title: str
    value: str
    change: str | None
    about: str


def figures(inspection: Inspection, before: Inspection | None = None) -> tuple[Figure, ...]:
    """Parameters, receptive field, multiply-accumulates and activations, with their change."""
    limits = thresholds()
    now, then = _amounts(inspection), _amounts(before or inspection)
    changes = [_change(a, b) for a, b in zip(now, then, strict=True)]
    field = formats.pair_text(inspection.receptive_field)
    return (
        Figure(
            "Parameters",
            f"{inspection.parameters:,}",
            changes[0],
            f"required: {RULES['parameters'].requirement(limits).text}",
        ),
        Figure(
            "Receptive field",
            f"{field} px" if field else NOT_DETERMINED,
            changes[1],
            f"required: {RULES['receptive_field'].requirement(limits).text}",
        ),
        Figure("Multiply-accumulates", short(inspection.macs), changes[2], "for one image"),
        Figure("Activations", f"{now[3]:,} KiB", changes[3], "for one image, as float32"),
    )


def _change(now: int | None, then: int | None) -> str | None:
    return None if now is None or then is None or now == then else f"{now - then:+,}"


def _amounts(inspection: Inspection) -> tuple[int, int | None, int, int]:
    """Parameters, pixels, multiply-accumulates, KiB of activations."""
    memory = sum(row.activation for row in inspection.rows) / 1024
    seen = inspection.receptive_field
    field = None if seen is None else int(min(seen))
    return inspection.parameters, field, inspection.macs, round(memory)


def numbers(inspection: Inspection) -> None:
    """The figures that the assignment asks about, large."""
    for column, figure in zip(st.columns(4), figures(inspection), strict=True):
        column.metric(figure.title, figure.value, border=True)
        column.caption(figure.about)


def short(number: int) -> str:
    """`25.4 M`."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return str(number)


def problem(inspection: Inspection) -> None:
    """What broke off the forward pass, and notes on how the network was read."""
    failure = inspection.failure
    if failure is not None:
        place = f"`{failure.layer}`" + (f" ({failure.type})" if failure.type else "")
        st.error(f"The network fails at {place}: {failure.message}", icon=":material/error:")
    if inspection.undetermined:
        st.warning(
            f"The receptive field is not determined: {inspection.undetermined}",
            icon=":material/help:",
        )
    if inspection.global_paths:
        st.info(
            "There are global paths, on which every position sees all of the image: "
            f"{', '.join(inspection.global_paths)}. The receptive field and its rule "
            "are those of the local paths.",
            icon=":material/public:",
        )
    for note in inspection.notes:
        st.info(note[:1].upper() + note[1:] + ".", icon=":material/info:")


def verdict(results: Sequence[RuleResult]) -> None:
    """One line a rule, with the layers that decided it and the smallest change that would pass."""
    broken = sum(result.passed is False for result in results)
    passed = sum(result.passed is True for result in results)
    words = [f"{passed} pass", f"{broken} fail"]
    for neither in (NOT_MEASURED, NOT_DETERMINED):
        count = sum(result.passed is None and result.measured == neither for result in results)
        words += [f"{count} {neither}"] if count else []
    st.subheader(f"Verdict: {', '.join(words)}", anchor=False)
    with st.container(border=True):
        for result in results:
            left, why = st.columns((0.42, 0.58), vertical_alignment="top")
            left.markdown(f"{ICONS[result.passed]} **{result.title}**: {result.measured_text}")
            lines = result.why
            if result.change:
                change = result.change[:1].upper() + result.change[1:]
                lines += f"  \n:material/lightbulb: {change}"
            why.markdown(f":small[{lines}]" if lines else "")


def layer_table(inspection: Inspection, key: str) -> None:
    """The table with its total, and its downloads."""
    columns = formats.COLUMNS.values()
    titles = [Cell(c.title, "number" if c.numeric else "", c.help) for c in columns]
    rows = [
        [
            Cell(_cell(value), "number" if c.numeric else "")
            for value, c in zip(row, columns, strict=True)
        ]
        for row in formats.cells(inspection)
    ]
    st.html(html_table(titles, rows, current=len(rows) - 1, height="44rem", compact=True))
    downloads(inspection, key)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def downloads(inspection: Inspection, key: str) -> None:
    """The table in every format that people would copy it in."""
    with st.container(horizontal=True):
        for name, record in formats.FORMATS.items():
            if name == "table":
                continue
            st.download_button(
                record.label,
                record.write(inspection),
                file_name=f"{inspection.name.replace('/', '_')}_{name}.{record.suffix}",
                icon=":material/download:",
                on_click="ignore",
                key=f"{key}_{name}",
            )


def field_chart(inspections: Sequence[Inspection], key: str) -> None:
    limit = thresholds().receptive_field
    figure = network.field_by_depth(inspections, limit)
    chart(figure, f"{key}_field", toolbar=True)


def cost_chart(inspection: Inspection, key: str) -> None:
    chart(network.cost(inspection), f"{key}_cost", toolbar=True)


def diagram(inspection: Inspection) -> None:
    """The network as boxes, with what their colors mean, and the source of the drawing."""
    kinds = {network.kind_of(row) for row in inspection.rows}
    legend = [
        f'<span style="background:{color};color:#17212e;padding:2px 10px;border-radius:6px;'
        f'margin-right:8px">{words}</span>'
        for kind, (words, color) in network.KINDS.items()
        if kind in kinds and kind != "other"
    ]
    st.html("".join(legend))
    source = network_diagram.diagram(inspection)
    with st.container(horizontal_alignment="center"):
        st.graphviz_chart(source, width="content")
    st.download_button(
        "Graphviz source",
        source,
        file_name=f"{inspection.name.replace('/', '_')}.dot",
        icon=":material/download:",
        on_click="ignore",
    )
