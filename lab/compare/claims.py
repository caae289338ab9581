"""The documents' networks: what their authors printed, and what is computed. Streamlit only."""

import streamlit as st

from core.analysis.claims import ClaimRow, claims_table
from core.analysis.rules.check import check
from core.analysis.summary.formats import pair_text
from lab.html_table import Cell, html_table
from lab.networks.summary import ICONS

HOLDS, FAILS, SILENT = Cell("✓", "good"), Cell("✗", "bad"), Cell("not printed")
_COMPARED = ("claimed", "computed", "equal")
_TITLES = ("Network", *_COMPARED, *_COMPARED, "accuracy (%)", "epochs", "batch size")
_NONE = "–"


def show() -> None:
    """One line a network of the documents, then what each document says and leaves out."""
    rows = claims_table()
    st.html(
        html_table(
            [Cell(title) for title in (*_TITLES, "Rules not met")],
            [_cells(row) for row in rows],
            groups=[
                (Cell(""), 1),
                (Cell("Parameters", "group"), 3),
                (Cell("Receptive field (px)", "group"), 3),
                (Cell("Claimed", "group"), 3),
                (Cell("", "group"), 1),
            ],
        )
    )
    for row in rows:
        if row.field_holds is False:
            st.warning(
                f"{row.record.label} prints a receptive field of {row.claims.receptive_field}; "
                f"it is {pair_text(row.inspection.receptive_field)}.",
                icon=":material/warning:",
            )
    st.caption(
        "≈ is a reconstruction: its layers are not printed, so only the total can be compared "
        "(within 0.5%). Accuracies are the authors' own and were not measured here. The rules on "
        "augmentation and accuracy are left out."
    )
    for row in rows:
        _details(row)


def _cells(row: ClaimRow) -> list[Cell]:
    claims, found = row.claims, row.inspection
    equal = HOLDS if row.parameters_hold else FAILS
    if row.record.reconstruction:
        equal = Cell(f"≈ {100 * (found.parameters / claims.parameters - 1):+.2f}%", "code")
    field = SILENT if row.field_holds is None else HOLDS if row.field_holds else FAILS
    failed = [rule.title for rule in check(found) if rule.passed is False]

    def number(value: float | None, form: str = ",") -> Cell:
        return Cell(_NONE if value is None else f"{value:{form}}", "number")

    return [
        Cell(row.record.name, "code"),
        number(claims.parameters),
        number(found.parameters),
        equal,
        number(claims.receptive_field),
        Cell(pair_text(found.receptive_field), "number"),
        field,
        number(claims.accuracy, ".2f"),
        number(claims.epochs),
        number(claims.batch_size),
        Cell(", ".join(failed) or "none"),
    ]


def _details(row: ClaimRow) -> None:
    record, claims = row.record, row.claims
    with st.expander(f"{record.label}: {record.origin}"):
        augmentations = (
            "not stated"
            if claims.augmentations is None
            else ", ".join(claims.augmentations) or "none"
        )
        lines = [record.help, f"Augmentations: {augmentations}."]
        if claims.train_accuracy is not None:
            lines.append(f"Best training accuracy claimed: {claims.train_accuracy:g}%.")
        if record.reconstruction:
            lines.append(f"**Reconstructed.** {record.reconstruction}")
        lines += [f"- {note}" for note in record.notes]
        st.markdown("\n\n".join(lines[:3]) + "\n\n" + "\n".join(lines[3:]))
        for rule in check(row.inspection):
            if rule.passed is False:
                st.markdown(f"{ICONS[False]} **{rule.title}**: {rule.why} {rule.change}")
