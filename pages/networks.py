"""Networks: read one, with its receptive field, its cost and its verdict."""

import streamlit as st

from core.analysis.rules.rules import check
from core.analysis.summary.differences import of_config
from core.analysis.summary.inspection import Inspection
from core.networks import building
from core.networks.catalogue import NETWORKS
from lab import lessons
from lab.errors import shown
from lab.layout import title
from lab.networks import (
    measured,
    predict,
    receptive_field,
    student,
    summary,
)
from lab.networks.receptive_field import Subject
from lab.pages import Page

PAGE = Page(
    "Networks",
    ":material/account_tree:",
    20,
    "Pick a network and read it: how far it sees, what it costs, which rules it keeps.",
)

OWN = "my own file"
VIEWS = {
    "Verdict": ":material/gavel:",
    "Layers": ":material/table_rows:",
    "Receptive field": ":material/center_focus_strong:",
    "Effective field": ":material/blur_on:",
    "Cost": ":material/bar_chart:",
    "Diagram": ":material/schema:",
    "Predict": ":material/quiz:",
}

title(PAGE.title, PAGE.summary)


def label(name: str) -> str:
    if name == OWN:
        return "My own model.py"
    return NETWORKS[name].label if name in NETWORKS else f"{name} (saved)"


def about(name: str, inspection: Inspection) -> None:
    """Where a network of the documents is from, and what is guessed of it."""
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


def view(inspection: Inspection, subject: Subject) -> None:
    """The chosen way to look at the network; nothing is given away while it is to be predicted."""
    chosen = st.segmented_control(
        "View",
        list(VIEWS),
        default="Verdict",
        required=True,
        format_func=lambda name: f"{VIEWS[name]} {name}",
        label_visibility="collapsed",
        key="network_view",
        persist_state="session",
    )
    if chosen != "Predict":
        summary.numbers(inspection)
    if chosen == "Verdict":
        policy, accuracy = measured.choose(subject.network)
        summary.verdict(check(inspection, policy, accuracy))
        summary.field_chart([inspection], "look")
    elif chosen == "Layers":
        summary.layer_table(inspection, "look")
    elif chosen == "Receptive field":
        summary.field_chart([inspection], "fields")
        receptive_field.agreement(inspection, subject)
    elif chosen == "Effective field":
        receptive_field.effective(subject)
    elif chosen == "Cost":
        summary.cost_chart(inspection, "look")
    elif chosen == "Diagram":
        summary.diagram(inspection)
    elif chosen == "Predict":
        lessons.show("networks_predict")
        predict.show(inspection)


with shown():
    names = (*building.names(), OWN)
    chosen = st.selectbox(
        "Network",
        names,
        index=names.index("modular_97k"),
        format_func=label,
        key="network_shown",
        persist_state="session",
    )
    file = student.choose() if chosen == OWN else ""
    if chosen != OWN or file:
        if file:
            inspection = student.inspected(file)
            subject = Subject(building.check_open(file), file)
        else:
            network = building.check_open(chosen)
            inspection, subject = of_config(network), Subject(network)
        about(chosen, inspection)
        summary.problem(inspection)
        if inspection.failure and not inspection.collapses:
            summary.numbers(inspection)
            st.markdown("The layers up to there:")
            summary.layer_table(inspection, "broken")
        else:
            view(inspection, subject)
    with st.expander("What the words mean", icon=":material/menu_book:"):
        lessons.show("networks")
