"""Home: the other pages, the images and the device that are there, the last run."""

import streamlit as st

from core import paths
from core.data.sources import catalogue
from lab import errors, format, lessons, state
from lab.layout import page_link
from lab.pages import pages


def show_pages() -> None:
    """Every other page with what to do there, in the order of the navigation."""
    for name, page in list(pages().items())[1:]:
        link, summary = st.columns([3, 7], gap="small", vertical_alignment="center")
        with link:
            page_link(name)
        summary.markdown(f":gray[{page.summary}]")


def show_images() -> None:
    """The images in use, and how to get others."""
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
    """What runs train on; asked again until it is known."""
    st.fragment(_device, run_every=None if state.device_title() else 1.0)()


def _device() -> None:
    title = state.device_title()
    st.markdown(f"**{title}**" if title else ":gray[looking …]")
    if title and title.startswith("CPU"):
        st.caption("No GPU found. Small networks train here too; an epoch takes minutes.")


def show_last_run() -> None:
    """The run in training, else the newest; not one that waits while another trains."""
    run = state.in_training() or next(iter(state.runs()), None)
    if run is None:
        st.markdown(
            "None yet. Press **Start** on the Train page; the first curve moves in seconds."
        )
        return
    status, rows = run.status, state.follower(run).rows("epochs")
    st.markdown(f"**{format.run_title(run)}** {format.state_badge(status)}")
    if rows:
        best = max(row["test_accuracy"] for row in rows)
        st.markdown(
            f"{len(rows)} of {run.config.training.epochs} epochs, "
            f"best accuracy **{best:.2f}%** on the {status.started.evaluated} of "
            f"{status.started.data_title}"
        )
    page_link("train", "Watch it", query={"run": run.name})
    if rows:
        page_link("mistakes", "See its mistakes", query={"run": run.name})
