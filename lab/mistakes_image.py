"""Mistakes: one image large, its probabilities, and what in it speaks for one class or another."""

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import streamlit as st

from core.data import sources
from core.mistakes import heat, selection
from core.mistakes.history import Answers
from core.mistakes.layers import default_layer
from core.mistakes.maps import Maps
from core.mistakes.methods import METHODS
from core.mistakes.predictions import Predictions
from lab import gallery, mistakes_history, problems, state
from lab.mistakes_subject import Subject
from lab.page import columns

if TYPE_CHECKING:
    from core.data.image_set import ImageSet

_SIZE = 448  # pixels of a large view: fourteen times 32
_NARROW = 370  # pixels on a screen, so that on a narrow one the maps are not far below
_TOP = 3


def open_at(subject: Subject, images: "ImageSet", found: selection.Indices, index: int) -> None:
    """A window over the page, in which the images of the selection can be walked through."""
    state.remember("mistakes_open", index)

    @st.dialog("A closer look", width="large")
    def look() -> None:
        with problems.shown():
            _show(subject, images, found)

    look()


def _show(subject: Subject, images: "ImageSet", found: selection.Indices) -> None:
    index = int(state.recall("mistakes_open"))
    _walk(found, index)
    left, right = columns(3, 7)
    with left:
        pixels = images.test_images[index].permute(1, 2, 0).numpy()
        st.image(gallery.png(gallery.enlarged(pixels, _SIZE)), width=_NARROW)
        st.plotly_chart(
            probabilities(subject.answers, index),
            config={"displayModeBar": False},
            key=f"mistakes_bars_{index}",
        )
    views = {
        "Heat map": lambda: _maps(subject, pixels, index),
        "Over the epochs": lambda: mistakes_history.show(subject, index),
    }
    with right:
        tabs = st.tabs(list(views), key="mistakes_image_tab", on_change="rerun")
    for tab, view in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab, problems.shown():
                view()


def _walk(found: selection.Indices, index: int) -> None:
    """Where this image stands in the selection, and the buttons to its neighbours."""
    place = found.tolist().index(index) if index in found else 0
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, to, key in (
            ("Back", ":material/chevron_left:", place - 1, "mistakes_image_back"),
            ("Next", ":material/chevron_right:", place + 1, "mistakes_image_next"),
        ):
            inside = 0 <= to < len(found)
            st.button(
                label,
                icon=icon,
                key=key,
                disabled=not inside,
                on_click=state.remember,
                args=("mistakes_open", int(found[to]) if inside else index),
            )
        st.markdown(
            f":gray[{place + 1:,} of {len(found):,} · number {index} of the test images]",
            width="content",
        )


def probabilities(predictions: Predictions | Answers, index: int) -> go.Figure:
    """The three most probable classes as bars, and the true one if it is not among them.

    Where only the answer is known, that one alone.
    """
    names = predictions.class_names
    true, said = int(predictions.labels[index]), int(predictions.predicted[index])
    shown = [said]
    row = {said: float(predictions.confidence[index])}
    if isinstance(predictions, Predictions):
        row = dict(enumerate(predictions.probabilities[index].tolist()))
        shown = predictions.probabilities[index].topk(min(_TOP, len(names))).indices.tolist()
        shown += [true] if true not in shown else []
    values = [100 * row[each] for each in shown]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=[f"{names[each]} (true)" if each == true else names[each] for each in shown],
            orientation="h",
            text=[f"{value:.1f}%" if value >= 0.05 else "<0.1%" for value in values],
            textposition="auto",
            marker_color=["#14a37f" if each == true else "#e8702a" for each in shown],
            hovertemplate="%{y}: %{x:.2f}%<extra></extra>",
        )
    )
    verdict = "Recognised" if true == said else f"{names[true]} taken for {names[said]}"
    figure.update_layout(
        title={"text": verdict, "x": 0, "xref": "container", "font_size": 20},
        height=90 + 40 * len(shown),
        margin={"l": 0, "r": 10, "t": 40, "b": 40},
        xaxis={"range": [0, 100], "title": "Probability (%)", "fixedrange": True},
        yaxis={
            "autorange": "reversed",
            "fixedrange": True,
            "automargin": True,
            "tickfont": {"size": 15},
        },
        font_size=15,
        showlegend=False,
    )
    return figure


def _maps(subject: Subject, pixels: gallery.Pixels, index: int) -> None:
    subject.check_explainable()
    predictions = subject.predictions
    names, row = predictions.class_names, predictions.probabilities[index]
    said, true = int(row.argmax()), int(predictions.labels[index])
    how, where, against, strength = st.columns(4, gap="small", vertical_alignment="bottom")
    method = how.selectbox(
        "Heat map",
        METHODS.names(),
        format_func=lambda name: METHODS[name].label,
        key="mistakes_method",
        help="How the map is made; its cost stands below.",
    )
    layers = state.heat_layers(str(subject.weights_path), subject.changed)
    usable = {layer.name: layer for layer in layers if layer.height * layer.width > 1}
    layer = where.selectbox(
        "Layer",
        list(usable),
        index=list(usable).index(default_layer(layers).name),
        format_func=lambda name: usable[name].label,
        key=f"mistakes_layer_{subject.network.name}",
        help="Later layers know more of classes, earlier ones more of places.",
    )
    ranked = [each for each in row.argsort(descending=True).tolist() if each != said]
    other = against.selectbox(
        "Compare with",
        ranked,
        index=ranked.index(true) if true != said else 0,
        format_func=lambda each: f"{names[each]} (true)" if each == true else names[each],
        key=f"mistakes_other_{index}",
        disabled=not METHODS[method].per_class,
    )
    opacity = strength.slider("Opacity", 0.0, 1.0, 0.55, 0.05, key="mistakes_image_opacity")
    place = st.empty()
    maps = state.heat_maps(
        str(subject.weights_path),
        subject.changed,
        sources.check_open(predictions.data),
        (index, index),
        (said, other),
        method,
        layer,
        lambda share, doing: None if METHODS[method].quick else place.progress(share, text=doing),
    )
    place.empty()
    record = METHODS[method]
    shown = (said, other) if record.per_class else (said,)
    for number, (column, each) in enumerate(zip(columns(1, 1), shown, strict=False)):
        role = {true: "the truth", said: "its answer"}.get(each, "another class")
        speaks = f"Speaks for **{names[each]}** ({role}, {100 * float(row[each]):.1f}%)"
        with column:
            st.markdown(speaks if record.per_class else "The main pattern, whichever the class")
            _one_map(maps, number, pixels, opacity, names[each])
    st.caption(
        "Dark is nothing, pale yellow is most; each map has its own scale. "
        f"{record.label}: {record.help} Cost: {record.cost}. {record.source}."
    )


def _one_map(maps: Maps, number: int, pixels: gallery.Pixels, opacity: float, name: str) -> None:
    """The map over the picture and, below, the cells that it was stretched from."""
    if maps.strongest[number] == 0:
        st.caption(f"The map is empty: nothing in this layer speaks for {name}.")
    large = gallery.enlarged(pixels, _SIZE)
    mixed = heat.overlay(large[None], heat.smooth(maps.heat[number], _SIZE)[None], opacity)[0]
    cells = heat.colours(heat.blocks(maps.grids[number], _SIZE))
    rows, across = maps.grids.shape[1:]
    over, grid = st.columns([3, 2], gap="small")
    over.image(gallery.png(mixed), caption="Stretched over the image", width="stretch")
    grid.image(
        gallery.png(gallery.enlarged(cells, _SIZE, grid=(rows, across))),
        caption=f"All there is: {rows}×{across} cells",
        width="stretch",
    )
