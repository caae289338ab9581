"""The effective receptive field: which pixels really change the middle of a map. Streamlit only."""

from typing import TYPE_CHECKING

import streamlit as st

from core.analysis.receptive_field.effective import Footprint
from core.runs.model_ref import ModelRef
from lab import address, models, state
from lab.charts import receptive_field as charts
from lab.components.chart import chart
from lab.images.sheets import Pixels
from lab.layout import columns
from lab.networks.network_choice import ChosenNetwork

if TYPE_CHECKING:
    from torch import Tensor

IMAGES = 8  # that the effective field is averaged over
UNTRAINED = "untrained"


def show(chosen: ChosenNetwork, image: Pixels) -> None:
    """The gradient's footprint over real images, layer by layer, over one `image` (H, W, 3)."""
    st.markdown(
        "How much each pixel changes the middle of a map: the mean gradient over "
        f"{IMAGES} images (Luo et al., 2016). The box is the theoretical receptive field. Choose "
        "trained weights to see what training does to it."
    )
    known = {} if chosen.file else {e.key: e for e in models.of_network(chosen.network)}
    trained = address.choose(
        st.selectbox,
        "Weights",
        [UNTRAINED, *known],
        name="weights",
        key="effective_weights",
        default=UNTRAINED,
        format_func=lambda key: known[key].title if key in known else "Untrained",
        help="Weights that come with the lab and runs of this network, the most accurate first; "
        "runs once their first epoch is finished.",
    )
    found = _footprints(chosen, known[trained].ref if trained in known else None)
    if not found:
        st.info(
            "No layer of this network has a receptive field larger than one position.",
            icon=":material/info:",
        )
        return
    titles = [f"{place + 1}: {entry.layer}" for place, entry in enumerate(found)]
    picked = titles[0]
    if len(titles) > 1:
        key = f"effective_{len(titles)}"
        picked = st.select_slider("Layer", titles, value=titles[-1], key=key)
    shown = found[titles.index(picked)]
    left, right = columns(3, 2)
    with left:
        chart(charts.footprint(shown, image), "effective_figure", toolbar=True)
    with right:
        _sizes(shown)


def _sizes(shown: Footprint) -> None:
    high, wide = shown.box[1] - shown.box[0] + 1, shown.box[3] - shown.box[2] + 1
    st.metric("Theoretical receptive field", f"{high} × {wide} px", border=True)
    st.metric("Effective receptive field", f"{shown.size:.1f} px per side", border=True)
    st.metric("Half of the squared gradient", f"{shown.half:.1f} px per side", border=True)
    st.caption(
        "Effective: a square with as many pixels as have at least 4.55% of the largest gradient; "
        "the image's border cuts it. Half: the fewest pixels that hold half of the squared "
        "gradient."
    )


def _footprints(chosen: ChosenNetwork, model: ModelRef | None) -> tuple[Footprint, ...]:
    source = state.data_source()
    key = (repr(chosen.network), chosen.file, model, source)

    def make() -> tuple[Footprint, ...]:
        with st.spinner("Measuring the gradient of every layer"):
            return _measure(chosen, model, source)

    found: tuple[Footprint, ...] = state.kept("footprints", 32).get(key, make)
    return found


def _measure(chosen: ChosenNetwork, model: ModelRef | None, source: str) -> tuple[Footprint, ...]:
    from core.analysis.receptive_field.effective import footprints, normalized, untrained
    from core.analysis.sandbox.parent import footprints_of_file

    images = state.image_set(source)
    first: Tensor = images.test_images[:IMAGES]
    if chosen.file:
        return footprints_of_file(chosen.file, normalized(first, images.mean, images.std))
    if model is None:
        drawn = untrained(chosen.network, len(images.class_names))
        return footprints(drawn, normalized(first, images.mean, images.std))
    loaded = model.load()
    return footprints(loaded.model, normalized(first, loaded.about.mean, loaded.about.std))
