"""Home: what this is, which images and device there are, the assignment, the last run."""

import streamlit as st

from core import paths
from core.data.sources import catalogue
from lab import errors, format, lessons, state
from lab.layout import columns, page_link, title
from lab.pages import Page, pages

PAGE = Page(
    "Home",
    ":material/home:",
    0,
    "Tweak a network and its augmentations, see at once what that does, train it while you watch, "
    "and look its mistakes in the eye.",
)


def show_pages() -> None:
    others = list(pages().items())[1:]
    for first in range(0, len(others), 3):
        row = others[first : first + 3]
        for column, (name, page) in zip(st.columns(3), row, strict=False):
            with column, st.container(border=True, height="stretch"):
                page_link(name, f"**{page.title}**")
                st.caption(page.summary)


def show_images() -> None:
    st.subheader("Images", anchor=False)
    choices = {choice.source: choice for choice in catalogue.choices()}
    current = state.data_source()
    chosen = choices.get(current)
    if chosen is not None:
        st.markdown(f"**{chosen.title}** · {chosen.detail}")
    if catalogue.is_synthetic(current):
        st.info(
            "These are **shapes drawn by the lab, not CIFAR-10**. Everything works with them; "
            "accuracies do not compare with CIFAR-10's.",
            icon=":material/info:",
        )
    for record in [record for _, record in catalogue.DATA_SETS.items() if not record.ready()]:
        words = f"Download {record.title} ({record.download_megabytes} MB)"
        if st.button(words, icon=":material/download:", key=f"download_{record.name}"):
            with errors.shown():
                state.download(record.name)
                state.choose_data(record.name)
                st.rerun()
    best = catalogue.best(list(choices.values()))
    if catalogue.is_synthetic(best):
        with st.expander("Or use a folder of images"):
            st.markdown(
                f"Put a folder with `train/<class>/` and `test/<class>/` into "
                f"`{paths.data_folder()}`; it then appears under **Images** at the left. "
                "For one that lies elsewhere, start the lab with `make lab DATA=/its/path`."
            )
    elif current != best and st.button(f"Use {choices[best].title}", key="use_best"):
        state.choose_data(best)
        st.rerun()

    with st.expander("About the images"):
        lessons.show("data")
        st.markdown(catalogue.as_markdown())


def show_device() -> None:
    title = state.device_title()
    st.markdown(f"**{title}**" if title else ":gray[looking …]")
    if title and title.startswith("CPU"):
        st.caption("No GPU found. Small networks train here too, an epoch takes minutes.")


def show_last_run() -> None:
    st.subheader("Last run", anchor=False)
    run = next(iter(state.runs()), None)
    if run is None:
        st.markdown(
            "None yet. Press **Start** on the Train page; the first curve moves in seconds."
        )
        return
    status, rows = run.status, state.follower(run).rows("epochs")
    st.markdown(f"**{format.run_title(run.name)}** {format.state_badge(status)}")
    if rows:
        best = max(row["test_accuracy"] for row in rows)
        st.markdown(
            f"{len(rows)} of {run.config.training.epochs} epochs, "
            f"best accuracy **{best:.2f}%** on the {status.started.evaluated} of "
            f"{status.started.data_title}"
        )
    page_link("train", "Watch it")
    if rows:
        page_link("mistakes", "See its mistakes")


title("CIFAR-10 lab", PAGE.summary)
with errors.shown():
    show_pages()
brief, here = columns(6, 5)
with brief, errors.shown():
    st.subheader("The assignment", anchor=False)
    lessons.show("assignment")
with here:
    with errors.shown():
        show_images()
    with errors.shown():
        st.subheader("Device", anchor=False)
        st.fragment(show_device, run_every=None if state.device_title() else 1.0)()
    with errors.shown():
        show_last_run()
