"""Networks: read one, with its receptive field, its cost and its verdict."""

import streamlit as st

from core.analysis.rules.check import check
from lab import address, lessons
from lab.errors import shown
from lab.layout import page_link, title
from lab.networks import network_choice, predict, rule_inputs, summary
from lab.networks.network_choice import ChosenNetwork
from lab.pages import Page

PAGE = Page(
    "Networks",
    ":material/account_tree:",
    20,
    "Choose a network: its layers, its receptive field, its cost, and the rules that it meets.",
)

VIEWS = {
    "Verdict": ":material/gavel:",
    "Layers": ":material/table_rows:",
    "Cost": ":material/bar_chart:",
    "Diagram": ":material/schema:",
    "Predict": ":material/quiz:",
}

title(PAGE.title, PAGE.summary)


def view(chosen: ChosenNetwork) -> None:
    """The chosen way to look at the network; nothing is given away while it is to be predicted."""
    which = address.choose(
        st.segmented_control,
        "View",
        list(VIEWS),
        name="view",
        key="network_view",
        default="Verdict",
        required=True,
        format_func=lambda name: f"{VIEWS[name]} {name}",
        label_visibility="collapsed",
    )
    inspection = chosen.inspection
    if which == "Predict":
        lessons.show("networks_predict")
        predict.show(inspection)
        return
    summary.numbers(inspection)
    if which == "Verdict":
        policy, accuracy = rule_inputs.choose(chosen.network)
        summary.verdict(check(inspection, policy, accuracy))
        summary.field_chart([inspection], "network")
        if not chosen.file:
            page_link(
                "receptive_field",
                "See it layer by layer on an image",
                query={"network": chosen.network.name},
            )
    elif which == "Layers":
        summary.layer_table(inspection, "network")
    elif which == "Cost":
        summary.cost_chart(inspection, "network")
    elif which == "Diagram":
        summary.diagram(inspection)


with shown():
    chosen = network_choice.choose("network_shown")
    if chosen is not None:
        summary.origin(chosen.network.name, chosen.inspection)
        summary.problem(chosen.inspection)
        if chosen.inspection.failure and not chosen.inspection.collapses:
            summary.numbers(chosen.inspection)
            st.markdown("The layers up to there:")
            summary.layer_table(chosen.inspection, "broken")
        else:
            view(chosen)
    with st.expander("Glossary", icon=":material/menu_book:"):
        lessons.show("networks")
