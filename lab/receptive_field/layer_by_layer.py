"""The receptive field layer by layer: nested squares on an image, and the arithmetic of each."""

import time
from functools import partial

import streamlit as st

from core.analysis.rules.thresholds import thresholds
from core.analysis.summary.field_steps import FieldStep, field_steps
from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection
from lab import address, state
from lab.charts import receptive_field as charts
from lab.components.chart import chart
from lab.html_table import Cell, html_table
from lab.images.sheets import Pixels
from lab.layout import columns

_SECONDS = 1.2  # a layer, while playing
_PLAYING, _ADVANCED = "field_playing", "field_advanced"
_TITLES = ("Kernel", "Stride", "Dilation", "Padding", "Jump", "Start")


def show(inspection: Inspection, image: Pixels) -> None:
    """Slider, squares over `image` (H, W, 3) and table; `Play` walks through the layers."""
    steps = field_steps(inspection)
    if not steps:
        st.info(
            "No layer of this network has a receptive field larger than one position.",
            icon=":material/info:",
        )
        return
    playing = bool(state.recall(_PLAYING, False))
    st.fragment(
        partial(_walk, inspection, steps, image), run_every=_SECONDS if playing else None
    )()  # fmt: skip


def _walk(inspection: Inspection, steps: tuple[FieldStep, ...], image: Pixels) -> None:
    key = f"field_layer_{inspection.name}"
    last = len(steps) - 1
    if state.recall(_PLAYING, False):
        _advance(key, last)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        slider, button = st.container(), st.container(width=130)
    current = last
    with slider:
        if last:
            current = address.choose(
                st.select_slider,
                "Layer",
                range(len(steps)),
                name="layer",
                key=key,
                default=last,
                write=lambda number: _name(steps, number),
                format_func=lambda number: f"{number + 1}: {steps[number].layer.name}",
            )
    playing = bool(state.recall(_PLAYING, False))
    button.button(
        "Pause" if playing else "Play",
        icon=":material/pause:" if playing else ":material/play_arrow:",
        key="field_play",
        width="stretch",
        disabled=not last,
        on_click=_pause if playing else _play,
        args=(key, current, last),
    )
    if playing != bool(state.recall("field_drawn_playing", False)):
        state.remember("field_drawn_playing", playing)
        st.rerun()  # of the page: a fragment cannot change how often it is run
    _step(inspection, steps, current, image)


def _advance(key: str, last: int) -> None:
    """One layer further, at most once in `_SECONDS`; ends at the last."""
    now = time.monotonic()
    if now - state.recall(_ADVANCED, 0.0) < 0.8 * _SECONDS:
        return
    state.remember(_ADVANCED, now)
    place = min(int(state.just_set(key)) + 1, last) if state.is_drawn(key) else 0
    state.fill({key: place})
    if place == last:
        state.remember(_PLAYING, False)


def _play(key: str, current: int, last: int) -> None:
    """From the chosen layer on, or from the first one after the last."""
    state.remember(_PLAYING, True)
    state.remember(_ADVANCED, time.monotonic())
    if current == last:
        state.fill({key: 0})


def _pause(key: str, current: int, last: int) -> None:
    state.remember(_PLAYING, False)


def _name(steps: tuple[FieldStep, ...], number: int) -> str:
    """The layer's name; with its number where another has the same."""
    name = steps[number].layer.name
    same = [place for place, step in enumerate(steps) if step.layer.name == name]
    return name if len(same) == 1 else f"{name}:{number + 1}"


def _step(
    inspection: Inspection, steps: tuple[FieldStep, ...], current: int, image: Pixels
) -> None:
    """One layer: its arithmetic, its square, its row."""
    limit = thresholds().receptive_field
    step = steps[current]
    left, right = columns(5, 7)
    with left:
        chart(charts.nested_squares(steps, current, image, limit), "field_squares")
        st.caption(
            "Orange: what one position in the middle of this layer's map sees, shaded where it "
            "leaves the image and sees padding. Blue: the layers before it. Dashed: "
            f"{limit} pixels, which the assignment asks to exceed."
        )
    with right:
        st.markdown(f"### {step.layer.name}: {step.equation}")
        st.markdown(_sentence(inspection, step, limit))
        st.html(
            html_table(
                [
                    Cell("Layer"),
                    Cell("Receptive field (px)"),
                    *(Cell(title, "number") for title in _TITLES),
                    Cell("Map"),
                ],
                [_cells(each, limit) for each in steps],
                current=current,
                height="29rem",
                compact=True,
            )
        )
        st.caption(
            "receptive field = that before + (kernel − 1) × dilation × jump before. Start: the "
            f"middle of the first position's window. ✓: over {limit} px."
        )


def _sentence(inspection: Inspection, step: FieldStep, limit: float) -> str:
    high, wide = inspection.image_size
    inside = step.inside(inspection.image_size)
    seen = "all of it on the image" if inside > 0.9995 else f"{inside:.0%} of them on the image"
    over = "over" if min(step.field) > limit else "not over"
    return (
        f"One position sees **{pair_text(step.field)} pixels** per side of an image of "
        f"{high} × {wide}: {seen}; {over} the required {limit}."
    )


def _cells(step: FieldStep, limit: float) -> list[Cell]:
    layer = step.layer
    over = " ✓" if min(step.field) > limit else ""
    pairs = (layer.kernel, layer.stride, layer.dilation, layer.padding, layer.jump, layer.start)
    return [
        Cell(layer.name),
        Cell(step.equation + over, "code"),
        *(Cell(pair_text(pair), "number") for pair in pairs),
        Cell("×".join(str(n) for n in layer.out_shape[1:]), "code"),
    ]
