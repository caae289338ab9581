"""Mistakes: labels that may be wrong, one at a time, and how the class votes on them."""

import io
import secrets
from pathlib import Path

import pandas as pd
import streamlit as st

from core.mistakes.label_errors import VOTES, Votes, accuracy_without, vote
from core.mistakes.selection import Indices
from core.predictions import check_fits
from lab import cached_results, errors, state
from lab.charts.probabilities import probabilities
from lab.components.chart import chart
from lab.components.tiles import Tile, tiles
from lab.images import sheets
from lab.layout import columns
from lab.mistakes.evaluated_model import EvaluatedModel, images_of
from lab.pager import page_of

_SIZE = 448
_PAGE = 24
_KEYS = {"keep": "1", "wrong": "2", "unclear": "3"}
_ICONS = {"keep": ":material/check:", "wrong": ":material/close:", "unclear": ":material/help:"}


def show(model: EvaluatedModel) -> None:
    """The accuracy with and without, the vote on one image, all suspicious labels."""
    images = images_of(model.predictions)
    check_fits(model.predictions, images)
    with st.spinner("Looking for suspicious labels"):
        found = cached_results.suspicious(model.ref, model.predictions)
    path = cached_results.votes_path(images.source, images)
    votes = cached_results.votes(path)
    _in_short(model, found, votes)
    if not len(found):
        st.info("No label of these images looks wrong to this network.", icon=":material/check:")
        return
    at = min(state.recall("mistakes_label_at", 0), len(found) - 1)
    _one(model, images.test_images[found[at]].permute(1, 2, 0).numpy(), found, at, votes, path)
    st.subheader("All suspicious labels, the most suspicious first", anchor=False)
    shown = page_of(found, _PAGE, "mistakes_labels", (model.ref, model.title))
    clicked = tiles(
        images.test_images[shown].permute(0, 2, 3, 1).numpy(),
        [_tile(model, int(index), votes) for index in shown],
        "mistakes_label_tiles",
    )
    if clicked is not None and clicked in found:
        state.remember("mistakes_label_at", found.tolist().index(clicked))
        st.rerun()
    st.download_button(
        "Table of all votes (CSV)",
        lambda: as_csv(votes, model),
        "votes.csv",
        "text/csv",
        icon=":material/table:",
        key="mistakes_votes_csv",
        on_click="ignore",
        disabled=not votes.by_image,
    )


def _in_short(model: EvaluatedModel, found: Indices, votes: Votes) -> None:
    predictions, disputed = model.shown, votes.disputed
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.metric("Suspicious labels", f"{len(found):,}", width="content")
        st.metric("With votes", f"{len(votes.by_image):,}", width="content")
        st.metric("Disputed", f"{len(disputed):,}", width="content")
        st.metric("Accuracy, all images", f"{predictions.accuracy:.2f}%", width="content")
        st.metric(
            "Accuracy without the disputed",
            f"{accuracy_without(predictions, disputed):.2f}%",
            width="content",
            help="Images whose label more voters call wrong or unclear than correct are left out. "
            "It almost always rises, for they were found where this network disagrees.",
        )
    st.caption(
        "Found by confident learning (cleanlab; Northcutt et al. 2021): the network is more "
        "confident in another class than it is on average for images of that class. Most of them "
        "are mistakes of the network: look before you vote."
    )


def _one(
    model: EvaluatedModel, pixels: sheets.Pixels, found: Indices, at: int, votes: Votes, path: Path
) -> None:
    """One image, its label, the buttons to vote and to go on, its probabilities."""
    index = int(found[at])
    predictions, names = model.predictions, model.predictions.class_names
    true = int(predictions.labels[index])
    left, right = columns(3, 7)
    left.image(sheets.png(sheets.enlarged(pixels, _SIZE)), width=320)
    with right:
        st.markdown(f"### Label: {names[true]}. Is it correct?")
        _vote_buttons(votes.by_image.get(index, {}).get(voter()), path, index, at, len(found))
        _walk(index, at, len(found), votes)
        row = dict(enumerate(predictions.probabilities[index].tolist()))
        chart(probabilities(names, row, true), f"mistakes_label_bars_{index}")


def _vote_buttons(mine: str | None, path: Path, index: int, at: int, count: int) -> None:
    with st.container(horizontal=True):
        for name, words in VOTES.items():
            st.button(
                words,
                icon=_ICONS[name],
                key=f"mistakes_vote_{name}",
                shortcut=_KEYS[name],
                type="primary" if mine == name else "secondary",
                on_click=_cast,
                args=(path, index, name, at, count),
            )
        if mine is not None:
            st.button(
                "Undo vote",
                icon=":material/undo:",
                key="mistakes_vote_none",
                on_click=_cast,
                args=(path, index, None, at, count),
            )


def _walk(index: int, at: int, count: int, votes: Votes) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, to, key in (
            ("Back", ":material/chevron_left:", at - 1, "mistakes_label_back"),
            ("Skip", ":material/chevron_right:", at + 1, "mistakes_label_next"),
        ):
            st.button(
                label,
                icon=icon,
                key=key,
                disabled=not 0 <= to < count,
                on_click=state.remember,
                args=("mistakes_label_at", to),
            )
        counted = votes.of(index)
        counts = ", ".join(f"{VOTES[name]}: {counted[name]}" for name in VOTES if counted[name])
        place = f"{at + 1:,} of {count:,} · test image {index}"
        st.markdown(f":gray[{place} · {counts or 'no vote yet'}]", width="content")


def _cast(path: Path, index: int, choice: str | None, at: int, count: int) -> None:
    """Runs before the page: the vote is stored, and the next image comes up."""
    errors.attempt(lambda: vote(path, index, voter(), choice))
    if choice is not None:
        state.remember("mistakes_label_at", min(at + 1, count - 1))


def _tile(model: EvaluatedModel, index: int, votes: Votes) -> Tile:
    predictions, names = model.predictions, model.predictions.class_names
    true, predicted = int(predictions.labels[index]), int(predictions.predicted[index])
    counted = votes.of(index)
    voted = counted.most_common(1)[0][0] if counted else ""
    return Tile(
        index=index,
        first=f"label: {names[true]}" + (f" ({voted})" if voted else ""),
        second=names[predicted],
        right=predicted == true,
        bars=tuple(
            (names[each], float(predictions.probabilities[index, each]))
            for each in dict.fromkeys((predicted, true))
        ),
    )


def as_csv(votes: Votes, model: EvaluatedModel) -> bytes:
    """One row an image that was voted on: its number, its label and the votes."""
    names, labels = model.predictions.class_names, model.predictions.labels
    disputed = set(votes.disputed.tolist())
    rows = [
        {
            "index": image,
            "label": names[int(labels[image])],
            **{name: votes.of(image)[name] for name in VOTES},
            "disputed": image in disputed,
        }
        for image in sorted(votes.by_image)
        if image < len(labels)
    ]
    buffer = io.StringIO()
    pd.DataFrame(rows).to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode()


def voter() -> str:
    """Who votes in this session: a name that says nothing, new with every session."""
    name = state.recall("voter")
    if name is None:
        name = secrets.token_hex(6)
        state.remember("voter", name)
    return str(name)
