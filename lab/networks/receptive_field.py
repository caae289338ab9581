"""The receptive field three ways: propagated, probed, effective. Streamlit only."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.analysis.receptive_field.cross_check import Agreement
from core.analysis.receptive_field.effective import Footprint
from core.analysis.summary.inspection import Inspection
from core.config.run_config import NetworkConfig
from lab import models, state
from lab.charts import network as network_charts
from lab.components.chart import chart
from lab.networks import student

if TYPE_CHECKING:
    from torch import Tensor

IMAGES = 8  # that the effective field is averaged over
UNTRAINED = "Untrained"


@dataclass(frozen=True)
class Subject:
    """A network to measure: one that the lab knows, or a class in a student's file."""

    network: NetworkConfig
    file: str = ""  # path:Class, run in a process of its own


def agreement(inspection: Inspection, subject: Subject) -> None:
    """Propagated against probed, for the whole and layer by layer."""
    st.markdown(
        "**Propagated** follows size, jump and start through every operation. **Probed** takes the "
        "gradient of one middle position with respect to the image, with all weights positive: an "
        "independent check."
    )
    found = _probed(subject)
    if found.before_pooling.agrees:
        st.success(found.sentence(), icon=":material/check_circle:")
    else:
        st.error(found.sentence(), icon=":material/warning:")
    rows = [
        {
            "Layer": entry.layer,
            "Operation": entry.kind,
            "Propagated": _pair(entry.propagated),
            "Probed": _pair(entry.probed),
            "Equal": entry.agrees,
        }
        for entry in found.layers
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=min(36 * (len(rows) + 1) + 3, 520))
    st.caption(
        f"Pixels, height first where they differ, at the middle of each map; the probing image has "
        f"{found.image_size} x {found.image_size} pixels."
    )


def _pair(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"


def _probed(subject: Subject) -> Agreement:
    if subject.file:
        found: Agreement = student.of_file("probe", subject.file)
        return found
    from core.analysis.receptive_field.cross_check import compare

    layers = [tuple(sorted(row.items())) for row in subject.network.layers]
    key = f"probe {subject.network.name} {layers}"
    kept: Agreement | None = state.recall(key)
    if kept is None:
        with st.spinner("Probing"):
            kept = compare(subject.network, layer_by_layer=True)
        state.remember(key, kept)
    return kept


def effective(subject: Subject) -> None:
    """The gradient's footprint over real images, layer by layer."""
    st.markdown(
        "How much each pixel really changes the middle of a map: the gradient over "
        f"{IMAGES} images (Luo et al., 2016). The box is the theoretical field; the heat is what "
        "counts of it. Choose trained weights to see what training does."
    )
    left, right = st.columns(2)
    known = {} if subject.file else {e.key: e for e in models.of_network(subject.network)}
    chosen = left.selectbox(
        "Weights",
        [UNTRAINED, *known],
        format_func=lambda key: known[key].title if key in known else key,
        key="effective_run",
        help="Weights that come with the lab and runs of this very network, the best first; runs "
        "once their first epoch is through.",
    )
    images = state.image_set(state.data_source())
    number = right.number_input(
        "Picture", 0, min(len(images.test_images), 1000) - 1, 0, key="effective_picture"
    )
    found = _footprints(subject, known[chosen].path if chosen in known else None)
    if not found:
        st.info("This network has no layer that looks at neighbors.", icon=":material/info:")
        return
    titles = [f"{place + 1}: {entry.layer}" for place, entry in enumerate(found)]
    picked = (
        st.select_slider("Layer", titles, value=titles[-1], key=f"effective_{len(titles)}")
        if len(titles) > 1
        else titles[0]
    )
    shown = found[titles.index(picked)]
    picture = images.test_images[int(number)].permute(1, 2, 0).numpy()
    one, two = st.columns((0.6, 0.4))
    with one:
        chart(network_charts.footprint(shown, picture), "effective_figure", toolbar=True)
    high, wide = shown.box[1] - shown.box[0] + 1, shown.box[3] - shown.box[2] + 1
    two.metric("Theoretical field", f"{high} x {wide} px", border=True)
    two.metric("Effective field", f"{shown.size:.1f} px a side", border=True)
    two.metric("Half of it lies within", f"{shown.half:.1f} px a side", border=True)
    two.caption(
        "Effective: a square with as many pixels as change the position by at least 4.55% of what "
        "the strongest one does; the image's edge cuts it. Half: the fewest pixels that hold half "
        "of the squared gradient."
    )


def _footprints(subject: Subject, weights: Path | None) -> tuple[Footprint, ...]:
    source = state.data_source()
    stamp = weights.stat().st_mtime_ns if weights else 0
    layers = [tuple(sorted(row.items())) for row in subject.network.layers]
    key = f"effective {subject.network.name} {subject.file} {layers} {weights} {stamp} {source}"
    kept: tuple[Footprint, ...] | None = state.recall(key)
    if kept is None:
        with st.spinner("Measuring the footprint of every layer"):
            kept = _measure(subject, weights, source)
        state.remember(key, kept)
    return kept


def _measure(subject: Subject, weights: Path | None, source: str) -> tuple[Footprint, ...]:
    from core.analysis.receptive_field.effective import footprints, normalized, untrained
    from core.analysis.sandbox.parent import footprints_of_file
    from core.runs.weights import load

    images = state.image_set(source)
    first: Tensor = images.test_images[:IMAGES]
    if subject.file:
        return footprints_of_file(subject.file, normalized(first, images.mean, images.std))
    if weights is None:
        model = untrained(subject.network, len(images.class_names))
        return footprints(model, normalized(first, images.mean, images.std))
    loaded = load(weights)
    return footprints(loaded.model, normalized(first, loaded.about.mean, loaded.about.std))
