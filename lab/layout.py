"""What all pages look like."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.progress import Progress
from lab.pages import FOLDER, pages

# Streamlit sets columns side by side down to 640 px whatever is in them. Here, on a narrow screen,
# they go to the next line when they would get narrower than their content bears: two or three are
# panes and go one below another, four or more are figures or cards and go two by two. Of panes, the
# one with a container whose key is `first_when_narrow` comes first.
#
# Streamlit keeps its header's height free above every page, for a menu at the far right: here pages
# begin beside it, and below it only where it holds the button that opens the side bar. On a
# projector, which is read from the back of the room, all text is larger.
STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 1rem 2.5rem 3rem; }
[data-testid="stApp"]:has([data-testid="stExpandSidebarButton"])
  [data-testid="stMainBlockContainer"] { padding-top: 3.5rem; }
[data-testid="stHeader"] { background: none; pointer-events: none; }
[data-testid="stHeader"] :is(button, a) { pointer-events: auto; }
[data-testid="stSidebarHeader"] { height: 2rem; margin-bottom: 0; padding-top: 0.5rem; }
[data-testid="stHeading"] h1 { padding: 0.25rem 0; }
@media (min-width: 1700px) { html { font-size: 20px; } }
@media (max-width: 1100px) {
  [data-testid="stMainBlockContainer"] { padding-left: 1.25rem; padding-right: 1.25rem; }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] {
    min-width: min(20rem, 100%); flex-grow: 1;
  }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]:nth-child(4))
    > [data-testid="stColumn"] { min-width: 9.5rem; }
  .st-key-settings [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] {
    min-width: 9.5rem;
  }
  [data-testid="stColumn"]:has(.st-key-first_when_narrow) { order: -1; }
}
</style>
"""


def style() -> None:
    """Once a page, by the entry file."""
    st.html(STYLE)


def title(words: str, saying: str) -> None:
    """A page's heading and one sentence on what to do here."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.title(words, anchor=False, width="content")
        st.markdown(f":gray[{saying}]", width="content")


def columns(*shares: float) -> Sequence[DeltaGenerator]:
    """Panes of these relative widths, with air between them."""
    return st.columns(shares, gap="medium")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar here for as long as the block works, to be given to what tells how far it is."""
    place = st.empty()

    def update(fraction: float, message: str) -> None:
        place.progress(min(max(fraction, 0.0), 1.0), text=message)

    try:
        yield update
    finally:
        place.empty()


def page_link(
    name: str, label: str = "", icon: str = "", query: Mapping[str, str] | None = None
) -> None:
    """A link to the page in the file `name`.py, under its own title and icon unless told."""
    page = pages()[name]
    st.page_link(
        str(FOLDER / f"{name}.py"),
        label=label or page.title,
        icon=icon or page.icon,
        query_params=dict(query or {}),
    )
