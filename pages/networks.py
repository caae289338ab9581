"""Networks: read one, with its receptive field, its cost and its verdict."""

import streamlit as st

from core import paths
from core.analysis.comparison import of_config
from core.analysis.inspection import Inspection
from core.analysis.rules import check
from core.networks import building
from core.networks.catalogue import NETWORKS
from lab import (
    network_fields,
    network_measured,
    network_predict,
    network_student,
    network_view,
)
from lab.network_fields import Subject
from lab.page import title
from lab.problems import shown

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

title(
    "Networks", "Pick a network and read it: how far it sees, what it costs, which rules it keeps."
)


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
        network_view.numbers(inspection)
    if chosen == "Verdict":
        policy, accuracy = network_measured.choose(subject.network)
        network_view.verdict(check(inspection, policy, accuracy))
        network_view.field_chart([inspection], "look")
    elif chosen == "Layers":
        network_view.layer_table(inspection, "look")
    elif chosen == "Receptive field":
        network_view.field_chart([inspection], "fields")
        network_fields.agreement(inspection, subject)
    elif chosen == "Effective field":
        network_fields.effective(subject)
    elif chosen == "Cost":
        network_view.cost_chart(inspection, "look")
    elif chosen == "Diagram":
        network_view.diagram(inspection)
    elif chosen == "Predict":
        st.markdown((paths.ASSETS / "lessons" / "networks_predict.md").read_text("utf-8"))
        network_predict.show(inspection)


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
    file = network_student.choose() if chosen == OWN else ""
    if chosen != OWN or file:
        if file:
            inspection = network_student.inspected(file)
            subject = Subject(building.check_open(file), file)
        else:
            network = building.check_open(chosen)
            inspection, subject = of_config(network), Subject(network)
        about(chosen, inspection)
        network_view.problem(inspection)
        if inspection.failure and not inspection.collapses:
            network_view.numbers(inspection)
            st.markdown("The layers up to there:")
            network_view.layer_table(inspection, "broken")
        else:
            view(inspection, subject)
    with st.expander("What the words mean", icon=":material/menu_book:"):
        st.markdown((paths.ASSETS / "lessons" / "networks.md").read_text("utf-8"))
