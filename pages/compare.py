"""Compare: the documents' claims against what comes out, and two networks side by side."""

import streamlit as st

from core.analysis.summary.differences import claims_table, of_config, side_by_side
from core.networks import building
from core.networks.catalogue import NETWORKS
from lab.errors import shown
from lab.layout import title
from lab.networks import compare, summary
from lab.pages import Page

PAGE = Page(
    "Compare",
    ":material/compare_arrows:",
    40,
    "What the authors printed against what comes out, and two networks layer by layer.",
)

CLAIMS, PAIR = "Claimed against computed", "Two networks"

title(PAGE.title, PAGE.summary)


def label(name: str) -> str:
    return NETWORKS[name].label if name in NETWORKS else f"{name} (saved)"


def pair() -> None:
    """Two networks, their figures, their verdicts, their layers."""
    names = building.names()
    left, right = st.columns(2)
    one = left.selectbox(
        "First",
        names,
        index=names.index("padded_97k"),
        format_func=label,
        key="compare_first",
        persist_state="session",
    )
    two = right.selectbox(
        "Second",
        names,
        index=names.index("modular_97k"),
        format_func=label,
        key="compare_second",
        persist_state="session",
    )
    if one == two:
        st.info("Both are the same network; choose another one to compare it with.")
        return
    first, second = (of_config(building.check_open(name)) for name in (one, two))
    compare.figures(first, second)
    summary.field_chart([first, second], "compare")
    compare.verdicts(first, second)
    st.subheader("Layers", anchor=False)
    compare.layers(first, second, side_by_side(first, second))


with shown():
    chosen = st.segmented_control(
        "View",
        (CLAIMS, PAIR),
        default=CLAIMS,
        required=True,
        label_visibility="collapsed",
        key="compare_view",
        persist_state="session",
    )
    if chosen == CLAIMS:
        compare.claims(claims_table())
    else:
        pair()
