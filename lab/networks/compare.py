"""Parts of the Compare page: claims against figures, two networks side by side. Streamlit only."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from core.analysis.summary.differences import ClaimRow, Pairing
from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection, Layer
from lab.networks.summary import ICONS, short

HOLDS, FAILS, SILENT = "✓", "✗", "not printed"
DIFFERENT = "background-color: rgba(230, 159, 0, 0.28)"


def claims(rows: Sequence[ClaimRow]) -> None:
    """One line a network of the documents."""
    wrong = [row.record.name for row in rows if row.field_holds is False]
    frame = pd.DataFrame([_claim(row) for row in rows])
    st.dataframe(
        frame.style.map(_marked, subset=["Holds", "Field holds"]).format(
            {
                "Claimed": "{:,}",
                "Computed": "{:,}",
                "Accuracy (%)": "{:.2f}",
                "Epochs": "{:.0f}",
                "Batch": "{:.0f}",
            },
            na_rep="–",
        ),
        hide_index=True,
        placeholder="–",
        column_config={
            "Claimed": st.column_config.NumberColumn("Parameters claimed", format="localized"),
            "Computed": st.column_config.NumberColumn("computed", format="localized"),
            "Holds": st.column_config.TextColumn("hold"),
            "Field claimed": st.column_config.TextColumn("Field claimed"),
            "Field": st.column_config.TextColumn("computed"),
            "Accuracy (%)": st.column_config.NumberColumn("Accuracy claimed (%)"),
            "Field holds": st.column_config.TextColumn("holds"),
        },
    )
    for name in wrong:
        row = next(row for row in rows if row.record.name == name)
        st.warning(
            f"{row.record.label} prints a receptive field of {row.claims.receptive_field}; "
            f"it is {pair_text(row.inspection.receptive_field)}.",
            icon=":material/warning:",
        )
    st.caption(
        "≈ is a reconstruction: its layers are not printed, so only the total can be compared "
        "(within 0.5%). Accuracies are the authors' own and were not measured here. Rules on "
        "augmentations and accuracy are left out."
    )
    for row in rows:
        _details(row)


def _claim(row: ClaimRow) -> dict[str, object]:
    said, found = row.claims, row.inspection
    holds = HOLDS if row.parameters_hold else FAILS
    if row.record.reconstruction:
        holds = f"≈ {100 * (found.parameters / said.parameters - 1):+.2f}%"
    field_holds = SILENT if row.field_holds is None else HOLDS if row.field_holds else FAILS
    broken = [rule.title for rule in found.rules if rule.passed is False]
    return {
        "Network": row.record.name,
        "Claimed": said.parameters,
        "Computed": found.parameters,
        "Holds": holds,
        "Field claimed": str(said.receptive_field or "–"),
        "Field": pair_text(found.receptive_field),
        "Field holds": field_holds,
        "Accuracy (%)": said.accuracy,
        "Epochs": said.epochs,
        "Batch": said.batch_size,
        "Rules broken": ", ".join(broken) or "none",
    }


def _marked(value: object) -> str:
    if value == FAILS:
        return "color: #c0392b; font-weight: 700"
    return "color: #1e8449; font-weight: 700" if value == HOLDS else ""


def _details(row: ClaimRow) -> None:
    record, said = row.record, row.claims
    with st.expander(f"{record.label}: {record.origin}"):
        augmentations = (
            "not said" if said.augmentations is None else ", ".join(said.augmentations) or "none"
        )
        lines = [record.help, f"Augmentations: {augmentations}."]
        if said.train_accuracy is not None:
            lines.append(f"Best training accuracy claimed: {said.train_accuracy:g}%.")
        if record.reconstruction:
            lines.append(f"**Reconstructed.** {record.reconstruction}")
        lines += [f"- {note}" for note in record.notes]
        st.markdown("\n\n".join(lines[:3]) + "\n\n" + "\n".join(lines[3:]))
        for rule in row.inspection.rules:
            if rule.passed is False:
                st.markdown(f"{ICONS[False]} **{rule.title}**: {rule.why} {rule.change}")


def figures(first: Inspection, second: Inspection) -> None:
    """The totals, the second against the first."""
    columns = st.columns(3)
    for column, title, one, two in (
        (columns[0], "Parameters", first.parameters, second.parameters),
        (columns[1], "MACs", first.macs, second.macs),
        (columns[2], "Layers", len(first.layers), len(second.layers)),
    ):
        change = f"{two - one:+,}" if two != one else None
        value = " → ".join(short(n) if title == "MACs" else f"{n:,}" for n in (one, two))
        column.metric(title, value, change, delta_color="off", border=True)


def verdicts(first: Inspection, second: Inspection) -> None:
    """Rule by rule, differences marked."""
    st.subheader("Verdicts", anchor=False)
    with st.container(border=True):
        head = st.columns((0.3, 0.35, 0.35))
        head[1].markdown(f"**{first.name}**")
        head[2].markdown(f"**{second.name}**")
        for one, two in zip(first.rules, second.rules, strict=True):
            if one.passed is None and two.passed is None:
                continue
            cells = st.columns((0.3, 0.35, 0.35))
            mark = " :orange-badge[differs]" if one.passed != two.passed else ""
            cells[0].markdown(f"{one.title}{mark}")
            for cell, rule in zip(cells[1:], (one, two), strict=True):
                value = f"{rule.measured:,}" if isinstance(rule.measured, int) else rule.measured
                cell.markdown(f"{ICONS[rule.passed]} {value}")


def _window(row: Layer) -> str:
    """`3x3, stride 2, pad 1, dilation 2, 32 groups`, without what is usual."""
    if row.kernel is None:
        return ""
    high, wide = row.kernel
    parts = [f"{high:g}x{wide:g}"]
    for words, pair, usual in (
        ("stride", row.stride, 1),
        ("pad", row.padding, 0),
        ("dilation", row.dilation, 1),
    ):
        if pair is not None and pair != (usual, usual):
            parts.append(f"{words} {pair_text(pair)}")
    if row.groups and row.groups > 1:
        parts.append(f"{row.groups} groups")
    return ", ".join(parts)


_SHOWN: dict[str, Callable[[Layer], str]] = {
    "Type": lambda row: row.type,
    "Window": _window,
    "Output": lambda row: "x".join(str(n) for n in row.out_shape),
    "Parameters": lambda row: f"{row.parameters:,}",
    "Field": lambda row: pair_text(row.receptive_field),
}


def layers(first: Inspection, second: Inspection, pairs: Sequence[Pairing]) -> None:
    """Both tables in one, aligned; cells that differ are marked."""
    only = st.toggle("Only rows that differ", key="compare_only")
    chosen = [pair for pair in pairs if pair.differs or not only]
    if not chosen:
        st.success("Every layer is the same.", icon=":material/check:")
        return
    left, right = f"{first.name}", f"{second.name}"
    table: list[list[str]] = []
    for pair in chosen:
        table.append([*_cells(pair.left), *_cells(pair.right)])
    titles = [*_SHOWN]
    columns = pd.MultiIndex.from_tuples(
        [(left, title) for title in titles] + [(right, title) for title in titles]
    )
    frame = pd.DataFrame(table, columns=columns)
    half = len(titles)

    def marked(row: "pd.Series[str]") -> list[str]:
        values = list(row)
        different = [values[n] != values[n + half] for n in range(half)]
        return [DIFFERENT if flag else "" for flag in (*different, *different)]

    st.dataframe(
        frame.style.apply(marked, axis=1),
        hide_index=True,
        height=min(36 * (len(table) + 2) + 3, 760),
    )
    st.caption(f"{sum(bool(pair.differs) for pair in pairs)} of {len(pairs)} rows differ.")


def _cells(row: Layer | None) -> list[str]:
    return [""] * len(_SHOWN) if row is None else [show(row) for show in _SHOWN.values()]
