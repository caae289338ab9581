"""The propagated receptive field beside that of a gradient probe. Streamlit only."""

import pandas as pd
import streamlit as st

from core.analysis.receptive_field.cross_check import Agreement, compare
from lab import state
from lab.networks import upload
from lab.networks.network_choice import ChosenNetwork


def show(chosen: ChosenNetwork) -> None:
    """Propagated and probed, for the whole and layer by layer."""
    st.markdown(
        "**Propagated** follows size, jump and start through every operation. **Probed** takes the "
        "gradient of one middle position with respect to the image, with all weights positive: an "
        "independent check."
    )
    found = _probed(chosen)
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
        "Pixels, height first where they differ, at the middle of each map; the probed image has "
        f"{found.image_size} × {found.image_size} pixels."
    )


def _pair(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"


def _probed(chosen: ChosenNetwork) -> Agreement:
    if chosen.file:
        checked: Agreement = upload.of_file("probe", chosen.file)
        return checked

    def make() -> Agreement:
        with st.spinner("Probing every layer"):
            return compare(chosen.network, layer_by_layer=True)

    made: Agreement = state.kept("probes", 32).get(repr(chosen.network), make)
    return made
