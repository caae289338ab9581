"""Networks: read one, with its receptive field, its cost and its verdict."""

import streamlit as st

from core.analysis.comparison import of_config
from core.networks import building
from core.networks.catalogue import NETWORKS
from lab import network_charts, network_view
from lab.page import title
from lab.problems import shown

title("Networks", "Pick a network and read it: how far it sees, what it costs, and which rules it keeps.")


def label(name: str) -> str:
    return NETWORKS[name].label if name in NETWORKS else f"{name} (saved)"


def show(name: str) -> None:
    inspection = of_config(building.check_open(name))
    if name in NETWORKS and NETWORKS[name].reconstruction:
        record = NETWORKS[name]
        st.warning(
            f"Reconstructed. {record.reconstruction} Printed total: "
            f"{record.claims.parameters:,}; here: {inspection.parameters:,}.",
            icon=":material/architecture:",
        )
    network_view.problem(inspection)
    network_view.numbers(inspection)
    network_view.verdict(inspection.rules)
    network_view.field_chart([inspection], "look")
    st.subheader("Layers", anchor=False)
    network_view.layer_table(inspection, "look")
    network_view.cost_chart(inspection, "look")
    with st.expander("Diagram", icon=":material/schema:"):
        st.graphviz_chart(network_charts.diagram(inspection))


with shown():
    names = building.names()
    chosen = st.selectbox(
        "Network", names, index=names.index("modular_97k"), format_func=label, key="network_shown",
        persist_state="session",
    )
    if chosen:
        show(chosen)
