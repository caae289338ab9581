"""Compare: the documents' claims beside what is computed, and two networks side by side."""

import streamlit as st

from lab import address
from lab.compare import claims, pair
from lab.errors import shown
from lab.layout import title
from lab.pages import Page

PAGE = Page(
    "Compare",
    ":material/compare_arrows:",
    40,
    "What the authors printed beside what is computed, and two networks layer by layer.",
)

VIEWS = {
    "claims": ("Claimed and computed", claims.show),
    "pair": ("Two networks", pair.show),
}

title(PAGE.title, PAGE.summary)

with shown():
    chosen = address.choose(
        st.segmented_control,
        "View",
        list(VIEWS),
        name="view",
        key="compare_view",
        default="claims",
        required=True,
        format_func=lambda name: VIEWS[name][0],
        label_visibility="collapsed",
    )
    VIEWS[chosen][1]()
