"""What every page shows at its side: the images in use, and what is in training."""

import streamlit as st

from core.data.sources import catalogue
from lab import errors, format, state
from lab.layout import page_link


def show() -> None:
    """The data chooser and, below it, the runs that are alive."""
    with st.sidebar:
        with errors.shown():
            _data()
        with errors.shown():
            alive = any(run.status.alive for run in state.runs()[:10])
            st.fragment(_training, run_every=3.0 if alive else None)()


def _data() -> None:
    titles = {choice.source: choice.title for choice in catalogue.choices() if choice.ready}
    current = state.data_source()
    titles.setdefault(current, current)
    st.selectbox(
        "Images",
        list(titles),
        format_func=lambda source: titles.get(source, source),
        index=list(titles).index(current),
        key=state.DATA_KEY,
        persist_state="session",
        help="The data set that the pages show and that new runs train on.",
    )
    if catalogue.is_synthetic(current):
        st.caption("Drawn shapes stand in for CIFAR-10. Home gets you the real images.")
    for note in state.image_notes(current):
        st.caption(note)


def _training() -> None:
    with errors.shown():
        alive = [run for run in state.runs()[:10] if run.status.alive]
        for run in alive[:3]:
            with st.container(border=True):
                status = run.status
                st.markdown(f"{format.state_badge(status)} {run.title}")
                st.progress(run.progress())
                page_link("train", "Watch", query={"run": run.name})
