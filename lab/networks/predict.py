"""Predict, then reveal: the class answers before the page does. Streamlit only."""

import streamlit as st

from core.analysis.summary.explanations import field_in_words, parameters_in_words
from core.analysis.summary.field_steps import field_layers
from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection, Layer
from lab import state

FIELD, PARAMETERS = "Receptive field", "Parameters"


def show(inspection: Inspection) -> None:
    """Ask for one layer after the other; the table of what was revealed grows above."""
    what = st.segmented_control(
        "Question", (FIELD, PARAMETERS), default=FIELD, required=True, key="predict_what"
    )
    rows = _asked(inspection, what or FIELD)
    key = f"predict_{inspection.name}_{what}"
    answers: list[str] = list(state.recall(key, []))
    if answers:
        _revealed(inspection, rows, answers, what or FIELD)
    if len(answers) < len(rows):
        _question(inspection, rows, answers, what or FIELD, key)
    else:
        st.success(
            f"All layers answered: {_score(rows, answers, what or FIELD)}.", icon=":material/flag:"
        )
    if answers and st.button("Start again", icon=":material/restart_alt:"):
        state.remember(key, [])
        st.rerun()


def _asked(inspection: Inspection, what: str) -> list[Layer]:
    if what == PARAMETERS:
        rows = [row for row in inspection.rows if row.operation >= 0 and not row.again]
        return [row for row in rows if row.parameters]
    return field_layers(inspection)


def _value(row: Layer, what: str) -> str:
    return pair_text(row.receptive_field) if what == FIELD else str(row.parameters)


def _described(row: Layer) -> str:
    parts = [f"{row.in_shape[0]} to {row.out_shape[0]} channels"] if row.in_shape else []
    if row.kernel:
        parts.append(f"kernel {pair_text(row.kernel)}")
        parts.append(f"stride {pair_text(row.stride)}")
    if row.dilation and max(row.dilation) > 1:
        parts.append(f"dilation {pair_text(row.dilation)}")
    if row.groups and row.groups > 1:
        parts.append(f"{row.groups} groups")
    return ", ".join(parts)


def _revealed(inspection: Inspection, rows: list[Layer], answers: list[str], what: str) -> None:
    with st.container(border=True):
        for row, answer in list(zip(rows, answers, strict=False))[-6:]:
            right = _value(row, what)
            icon = ":green[:material/check:]" if _same(answer, right) else ":red[:material/close:]"
            given = "" if _same(answer, right) else f" (your answer: {answer or 'none'})"
            words = field_in_words(inspection, row) if what == FIELD else parameters_in_words(row)
            st.markdown(f"{icon} **{row.name}** ({row.type}): **{right}**{given}  \n{words}.")
        if len(answers) > 6:
            st.caption(f"{len(answers) - 6} earlier answers not shown")


def _question(
    inspection: Inspection, rows: list[Layer], answers: list[str], what: str, key: str
) -> None:
    row = rows[len(answers)]
    known = ""
    if what == FIELD:
        first = next(op for op in inspection.operations if op.index == row.operation)
        if row.module:
            first = next(op for op in inspection.operations if op.layer == row.name)
        sources = [inspection.operations[i] for i in first.inputs if i >= 0]
        fields = ", ".join(pair_text(op.receptive_field) for op in sources) or "1"
        jumps = ", ".join(pair_text(op.jump) for op in sources) or "1"
        known = f" Its input has receptive field {fields}, jump {jumps}."
    st.markdown(
        f"#### {len(answers) + 1} of {len(rows)}: {row.name} ({row.type})\n"
        f"{_described(row).capitalize()}.{known}"
    )
    with st.form(f"{key}_form", clear_on_submit=True, border=False):
        left, right = st.columns((0.5, 0.5), vertical_alignment="bottom")
        question = "receptive field" if what == FIELD else "number of parameters"
        answer = left.text_input(f"Its {question}?", key=f"{key}_answer")
        if right.form_submit_button("Reveal", type="primary", icon=":material/visibility:"):
            state.remember(key, [*answers, answer.strip()])
            st.rerun()


def _same(answer: str, right: str) -> bool:
    return answer.replace(",", "").replace(" ", "").lower() == right


def _score(rows: list[Layer], answers: list[str], what: str) -> str:
    right = sum(_same(a, _value(row, what)) for row, a in zip(rows, answers, strict=True))
    return f"{right} of {len(rows)} correct"
