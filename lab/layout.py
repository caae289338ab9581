"""What all pages look like."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.progress import Progress
from lab.pages import FOLDER, pages

# Streamlit sets columns side by side down to 640 px whatever is in them. Here, on a narrow screen,
# they go to the next line when they would get narrower than their content bears: two or three are
# panes and go one below another, four or more are figures or cards and go two by two.
STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding-left: 2.5rem; padding-right: 2.5rem; }
@media (max-width: 1100px) {
  [data-testid="stMainBlockContainer"] { padding-left: 1.25rem; padding-right: 1.25rem; }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"] > [data-testid="stColumn"] {
    min-width: min(20rem, 100%); flex-grow: 1;
  }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]:nth-child(4))
    > [data-testid="stColumn"] { min-width: 9.5rem; }
}
</style>
"""


def style() -> None:
    """Once a page, by the entry file."""
    st.html(STYLE)


def title(words: str, saying: str) -> None:
    """A page's heading and one sentence on what to do here."""
    st.title(words, anchor=False)
    st.markdown(f":gray[{saying}]")


def columns(*shares: float) -> Sequence[DeltaGenerator]:
    """Panes of these relative widths, with air between them."""
    return st.columns(shares, gap="medium")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar here for as long as the block works, to be given to what tells how far it is."""
    place = st.empty()

    def tell(fraction: float, message: str) -> None:
        place.progress(min(max(fraction, 0.0), 1.0), text=message)

    try:
        yield tell
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
