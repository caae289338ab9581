"""Mistakes: two runs against each other."""

import streamlit as st

from core.mistakes.mcnemar import (
    PARTS,
    Comparison,
    compare,
    in_words,
)
from core.predictions import Predictions, check_fits
from core.runs.store import Run
from lab import format, state
from lab.components.tiles import Tile, tiles
from lab.mistakes import image
from lab.mistakes.model_choice import Subject, images_of
from lab.pager import page_of

_PAGE = 24


def show(subject: Subject) -> None:
    """Choose B, the four parts in numbers and words, and the images of one of them."""
    a = subject.answers
    others = {run.name: run for run in state.runs() if _fits(run, subject)}
    if not others:
        st.info(
            "There is no second run on these images. Train another network, or the same one with "
            "another augmentation, and compare the two here.",
            icon=":material/compare_arrows:",
        )
        return
    name = st.selectbox(
        "B: compare with",
        list(others),
        format_func=format.run_title,
        key="mistakes_b",
        help=f"A is the run chosen above ({subject.title}); B counts with its best epoch.",
    )
    b = others[name].predictions("best")
    if b is None:
        st.info("This run has no predictions yet; wait for its first epoch.")
        return
    made = compare(a, b)
    _in_short(made, a.accuracy, b.accuracy)
    images = images_of(a)
    check_fits(subject.predictions, images)
    part = (
        st.segmented_control(
            "Show",
            PARTS.names(),
            default="only_a",
            format_func=lambda each: f"{PARTS[each]}: {made.count(each):,}",
            key="mistakes_part",
            required=True,
            persist_state="session",
        )
        or "only_a"
    )
    found = made.parts[part]
    if not len(found):
        st.info("There is no such image.", icon=":material/check_circle:")
        return
    shown = page_of(found, _PAGE, "mistakes_duel", (name, subject.title, part))
    clicked = tiles(
        images.test_images[shown].permute(0, 2, 3, 1).numpy(),
        [_tile(subject, b, int(index)) for index in shown],
        "mistakes_duel_tiles",
    )
    if clicked is not None and clicked in found:
        image.open_at(subject, images, found, clicked)


def _fits(run: Run, subject: Subject) -> bool:
    """Whether it was tested on the same images and is another run."""
    return (
        (subject.run is None or run.name != subject.run.name)
        and (run.folder / "predictions-best.safetensors").exists()
        and run.config.data == subject.answers.data
    )


def _in_short(made: Comparison, a: float, b: float) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric("A", f"{a:.2f}%", width="content")
        st.metric("B", f"{b:.2f}%", width="content")
        for part in ("only_a", "only_b", "neither"):
            st.metric(PARTS[part], f"{made.count(part):,}", width="content")
    st.markdown(in_words(made))
    st.caption(
        "McNemar's test, exact: it looks only at the images that one alone gets right. It speaks "
        "of these two trained networks, not of what another seed would give."
    )


def _tile(subject: Subject, b: Predictions, index: int) -> Tile:
    a, names = subject.answers, subject.predictions.class_names
    said, said_b, true = int(a.predicted[index]), int(b.predicted[index]), int(a.labels[index])
    return Tile(
        index=index,
        first=f"is {names[true]}",
        second=f"A: {names[said]}",
        right=said == true,
        bars=(
            (f"A: {names[said]}", float(a.confidence[index])),
            (f"B: {names[said_b]}", float(b.confidence[index])),
        ),
    )
