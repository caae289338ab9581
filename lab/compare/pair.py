"""Two networks side by side: figures, receptive field, verdicts, layers. Streamlit only."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.analysis.inspect import of_config
from core.analysis.rules.check import check
from core.analysis.summary.differences import Pairing, side_by_side
from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection, Layer
from core.networks import building
from lab import address
from lab.html_table import Cell, html_table
from lab.networks import network_choice, summary

_FIRST, _SECOND = "padded_97k", "modular_97k"


def show() -> None:
    """Choose two, then everything about them, the second beside the first."""
    names = building.names()
    chosen = [
        address.choose(
            column.selectbox,
            title,
            names,
            name=title.lower(),
            key=f"compare_{title.lower()}",
            default=default,
            format_func=network_choice.label,
        )
        for column, title, default in zip(
            st.columns(2), ("First", "Second"), (_FIRST, _SECOND), strict=True
        )
    ]
    if chosen[0] == chosen[1]:
        st.info("Both are the same network; choose another one to compare it with.")
        return
    first, second = (of_config(building.check_open(name)) for name in chosen)
    _figures(first, second)
    summary.field_chart([first, second], "compare")
    _verdicts(first, second)
    _layers(first, second, side_by_side(first, second))


def _figures(first: Inspection, second: Inspection) -> None:
    """The totals, the second against the first."""
    for column, title, one, two in zip(
        st.columns(3),
        ("Parameters", "MACs", "Layers"),
        (first.parameters, first.macs, len(first.layers)),
        (second.parameters, second.macs, len(second.layers)),
        strict=True,
    ):
        change = f"{two - one:+,}" if two != one else "same"
        value = " → ".join(summary.short(n) if title == "MACs" else f"{n:,}" for n in (one, two))
        column.metric(title, value, change, delta_color="off", delta_arrow="off", border=True)


def _verdicts(first: Inspection, second: Inspection) -> None:
    """Rule by rule, differences marked."""
    st.subheader("Verdicts", anchor=False)
    with st.container(border=True):
        head = st.columns((0.3, 0.35, 0.35))
        head[1].markdown(f"**{first.name}**")
        head[2].markdown(f"**{second.name}**")
        for one, two in zip(check(first), check(second), strict=True):
            if one.passed is None and two.passed is None:
                continue
            cells = st.columns((0.3, 0.35, 0.35))
            mark = " :orange-badge[differs]" if one.passed != two.passed else ""
            cells[0].markdown(f"{one.title}{mark}")
            for cell, rule in zip(cells[1:], (one, two), strict=True):
                cell.markdown(f"{summary.ICONS[rule.passed]} {rule.measured_text}")


def _window(row: Layer) -> str:
    """`3x3, stride 2, padding 1, dilation 2, 32 groups`, without what is usual."""
    if row.kernel is None:
        return ""
    high, wide = row.kernel
    parts = [f"{high:g}x{wide:g}"]
    for words, pair, usual in (
        ("stride", row.stride, 1),
        ("padding", row.padding, 0),
        ("dilation", row.dilation, 1),
    ):
        if pair is not None and pair != (usual, usual):
            parts.append(f"{words} {pair_text(pair)}")
    if row.groups and row.groups > 1:
        parts.append(f"{row.groups} groups")
    return ", ".join(parts)


_SHOWN: dict[str, Callable[[Layer], str]] = {
    "Type": lambda row: row.type,
    "Kernel": _window,
    "Output": lambda row: "x".join(str(n) for n in row.out_shape),
    "Parameters": lambda row: f"{row.parameters:,}",
    "Receptive field": lambda row: pair_text(row.receptive_field),
}


def _layers(first: Inspection, second: Inspection, pairs: Sequence[Pairing]) -> None:
    """Both tables in one, aligned; cells that differ are marked."""
    st.subheader("Layers", anchor=False)
    only = st.toggle("Only rows that differ", key="compare_only")
    chosen = [pair for pair in pairs if pair.differs or not only]
    if not chosen:
        st.success("Every layer is the same.", icon=":material/check:")
        return
    titles = [Cell(title, "group" if title == "Type" else "") for title in (*_SHOWN, *_SHOWN)]
    groups = [(Cell(side.name, "group"), len(_SHOWN)) for side in (first, second)]
    st.html(html_table(titles, [_row(pair) for pair in chosen], groups=groups, height="48rem"))
    st.caption(f"{sum(bool(pair.differs) for pair in pairs)} of {len(pairs)} rows differ.")


def _row(pair: Pairing) -> list[Cell]:
    left, right = _texts(pair.left), _texts(pair.right)
    marks = ["mark" if one != two else "" for one, two in zip(left, right, strict=True)]
    return [
        Cell(text, f"{mark} {'number' if title in ('Parameters', 'Receptive field') else ''}")
        for side in (left, right)
        for title, text, mark in zip(_SHOWN, side, marks, strict=True)
    ]


def _texts(row: Layer | None) -> list[str]:
    return [""] * len(_SHOWN) if row is None else [show(row) for show in _SHOWN.values()]
