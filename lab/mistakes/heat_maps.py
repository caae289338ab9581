"""Mistakes: where in one image the network found evidence for one class or another."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.mistakes.cam import overlay
from core.mistakes.cam.explain import Maps
from core.mistakes.cam.layers import default_layer
from core.mistakes.cam.methods import DEFAULT, METHODS
from core.progress import Progress, silent
from lab import cached_results, state
from lab.images import sheets
from lab.layout import columns, progress_bar
from lab.mistakes.evaluated_model import EvaluatedModel

_SIZE = 448  # pixels of a large view: fourteen times 32
MakeMaps = Callable[[tuple[int, ...], str, str, Progress], Maps]


@dataclass(frozen=True, eq=False)
class Explained:
    """An image to explain. `row` has the network's probabilities; `true` is None if unknown.

    `maps(classes, method, layer, progress)` makes one map a class. `key` tells images apart.
    """

    key: str
    pixels: sheets.Pixels
    names: tuple[str, ...]
    row: tuple[float, ...]
    true: int | None
    maps: MakeMaps

    @property
    def predicted(self) -> int:
        return max(range(len(self.row)), key=self.row.__getitem__)


@dataclass(frozen=True)
class _Settings:
    method: str  # a name in METHODS
    layer: str
    other: int  # the class to compare with


def show(model: EvaluatedModel, about: Explained) -> None:
    """Method, layer and class to compare with; the maps side by side; opacity."""
    chosen = _settings(model, about)
    record = METHODS[chosen.method]
    place = st.container()
    opacity = st.slider("Opacity", 0.0, 1.0, 0.55, 0.05, key="mistakes_image_opacity")
    classes = (about.predicted, chosen.other)
    with place:
        maps = _computed(about, chosen, classes)
        panes = columns(1, 1)
    for number, each in enumerate(classes if record.per_class else classes[:1]):
        roles = {about.true: "true class", about.predicted: "predicted class"}
        role = roles.get(each, "another class")
        name = about.names[each]
        evidence = f"Evidence for **{name}** ({role}, {100 * about.row[each]:.1f}%)"
        with panes[number]:
            st.markdown(evidence if record.per_class else "The main pattern, whatever the class")
            _one_map(maps, number, about.pixels, opacity, name)
    st.caption(
        "Dark: none; pale yellow: most evidence; each map has its own scale. "
        f"{record.label}: {record.help} Cost: {record.cost}. {record.source}."
    )


def _settings(model: EvaluatedModel, about: Explained) -> _Settings:
    how, where, against = st.columns([5, 7, 5], gap="small", vertical_alignment="bottom")
    method = how.selectbox(
        "Heat map",
        METHODS.names(),
        format_func=lambda name: METHODS[name].label,
        key="page_mistakes_method",
        persist_state="session",
        help="How the map is computed; its cost is given below it.",
    )
    layers = cached_results.heat_layers(model.ref)
    usable = {layer.name: layer for layer in layers if layer.height * layer.width > 1}
    layer = where.selectbox(
        "Layer",
        list(usable),
        index=list(usable).index(default_layer(layers).name),
        format_func=lambda name: usable[name].label,
        key=f"page_mistakes_layer_{model.ref.network.name}",
        persist_state="session",
        help="Later layers know more about classes, earlier ones more about places.",
    )
    names, row, true = about.names, about.row, about.true
    ranked = sorted(set(range(len(row))) - {about.predicted}, key=lambda each: -row[each])
    other = against.selectbox(
        "Compare with",
        ranked,
        index=ranked.index(true) if true in ranked else 0,
        format_func=lambda each: f"{names[each]} (true)" if each == true else names[each],
        key=f"mistakes_other_{about.key}",
        disabled=not METHODS[method].per_class,
    )
    return _Settings(method, layer, other)


def _computed(about: Explained, chosen: _Settings, classes: tuple[int, int]) -> Maps:
    """The maps, with a bar and a way out while a slow method works."""
    quick, stop = METHODS[chosen.method].quick, st.empty()
    if not quick:
        stop.button(
            "Stop",
            icon=":material/stop:",
            key="mistakes_stop",
            help=f"Stop, and go back to {METHODS[DEFAULT].label}",
            on_click=state.remember,
            args=("mistakes_method", DEFAULT),
        )
    with progress_bar() as progress:
        maps = about.maps(classes, chosen.method, chosen.layer, silent if quick else progress)
    stop.empty()
    return maps


def _one_map(maps: Maps, number: int, pixels: sheets.Pixels, opacity: float, name: str) -> None:
    """The map over the image and, beside it, the cells that it was resized from."""
    if maps.strongest[number] == 0:
        st.caption(f"The map is empty: this layer holds no evidence for {name}.")
    large = sheets.enlarged(pixels, _SIZE)
    mixed = overlay.overlay(large[None], overlay.smooth(maps.heat[number], _SIZE)[None], opacity)[0]
    cells = overlay.colors(overlay.blocks(maps.grids[number], _SIZE))
    rows, across = maps.grids.shape[1:]
    over, grid = st.columns([3, 2], gap="small")
    over.image(sheets.png(mixed), caption="Resized to the image (bilinear)", width="stretch")
    grid.image(
        sheets.png(sheets.enlarged(cells, _SIZE, grid=(rows, across))),
        caption=f"As computed: {rows} × {across} cells",
        width="stretch",
    )
