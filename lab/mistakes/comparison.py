"""Mistakes: two runs compared on the same images (McNemar's test)."""

import streamlit as st

from core.mistakes.mcnemar import PARTS, Comparison, compare, in_words
from core.predictions import Predictions, check_fits
from core.runs.store import Run
from lab import format, state
from lab.components.tiles import Tile, tiles
from lab.mistakes import image_dialog
from lab.mistakes.evaluated_model import EvaluatedModel, images_of
from lab.pager import page_of

_PAGE = 24


def show(model: EvaluatedModel) -> None:
    """Choose B, the four parts in numbers and words, and the images of one of them."""
    a = model.shown
    others = {run.name: run for run in state.runs() if _fits(run, model)}
    if not others:
        st.info(
            "There is no second run on these images. Train another network, or the same one with "
            "another augmentation, and compare the two here.",
            icon=":material/compare_arrows:",
        )
        return
    name = st.selectbox(
        "Compare with (B)",
        list(others),
        format_func=lambda name: format.run_title(state.run_named(name)),
        key="mistakes_b",
        help=f"A is the model chosen above ({model.title}); of B it is the best epoch.",
    )
    b = others[name].predictions("best")
    if b is None:
        st.info("This run has no predictions yet; wait for its first epoch.")
        return
    made = compare(a, b)
    _in_short(made, a.accuracy, b.accuracy)
    images = images_of(a)
    check_fits(model.predictions, images)
    part = _part(made)
    found = made.parts[part]
    if not len(found):
        st.info("There are no such images.", icon=":material/check_circle:")
        return
    shown = page_of(found, _PAGE, "mistakes_comparison", (name, model.title, part))
    clicked = tiles(
        images.test_images[shown].permute(0, 2, 3, 1).numpy(),
        [_tile(model, b, int(index)) for index in shown],
        "mistakes_comparison_tiles",
    )
    if clicked is not None and clicked in found:
        image_dialog.open_at(model, images, found, clicked)


def _part(made: Comparison) -> str:
    """The part whose images are shown; at first one that has some."""
    first = next((each for each in PARTS.names() if made.count(each)), "only_a")
    chosen = st.segmented_control(
        "Show",
        PARTS.names(),
        default=first,
        format_func=lambda each: f"{PARTS[each]}: {made.count(each):,}",
        key="mistakes_part",
        required=True,
        persist_state="session",
    )
    return chosen or first


def _fits(run: Run, model: EvaluatedModel) -> bool:
    """Whether it was tested on the same images and is another run."""
    return (
        (model.run is None or run.name != model.run.name)
        and (run.folder / "predictions-best.safetensors").exists()
        and run.config.data == model.shown.data
    )


def _in_short(made: Comparison, a: float, b: float) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric("A", f"{a:.2f}%", width="content")
        st.metric("B", f"{b:.2f}%", width="content")
        for part in ("only_a", "only_b", "neither"):
            st.metric(PARTS[part], f"{made.count(part):,}", width="content")
    st.markdown(in_words(made))
    st.caption(
        "McNemar's test, exact: it counts only the images that one of the two alone predicts "
        "correctly. It is about these two trained networks, not about what another seed would give."
    )


def _tile(model: EvaluatedModel, b: Predictions, index: int) -> Tile:
    a, names = model.shown, model.predictions.class_names
    of_a, of_b, true = int(a.predicted[index]), int(b.predicted[index]), int(a.labels[index])
    return Tile(
        index=index,
        first=f"true: {names[true]}",
        second=f"A: {names[of_a]}",
        right=of_a == true,
        bars=(
            (f"A: {names[of_a]}", float(a.confidence[index])),
            (f"B: {names[of_b]}", float(b.confidence[index])),
        ),
    )
