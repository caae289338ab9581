"""A list of images shown page by page."""

from collections.abc import Callable

import streamlit as st

from core.mistakes.selection import Indices
from lab import state


def page_of(
    found: Indices,
    size: int,
    key: str,
    about: object = None,
    before: Callable[[], object] = lambda: None,
) -> Indices:
    """How many there are, the buttons that turn the page, and the images of this page.

    `about` is what was asked for: when it changes, the first page comes back. `before` draws what
    stands at the left of the same line.
    """
    last = max(len(found) - 1, 0) // size
    if state.recall(f"{key}_paged") != (about, size):
        state.remember(f"{key}_paged", (about, size))
        state.remember(f"{key}_page", 0)
    page = min(state.recall(f"{key}_page", 0), last)
    first = page * size
    with st.container(horizontal=True, vertical_alignment="center"):
        before()
        st.markdown(
            f"**{first + 1:,} to {min(first + size, len(found)):,}** of {len(found):,}",
            width="content",
        )
        st.space("stretch")
        for label, icon, to, name in (
            ("Back", ":material/chevron_left:", page - 1, "back"),
            ("Next", ":material/chevron_right:", page + 1, "next"),
        ):
            st.button(
                label,
                icon=icon,
                key=f"{key}_{name}",
                disabled=not 0 <= to <= last,
                on_click=state.remember,
                args=(f"{key}_page", to),
            )
    return found[first : first + size]
