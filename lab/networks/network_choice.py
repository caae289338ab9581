"""The menu of networks: those that the lab knows, saved ones, a student's file. Streamlit only."""

from dataclasses import dataclass

import streamlit as st

from core.analysis.inspect import of_config
from core.analysis.summary.inspection import Inspection
from core.config.run_config import NetworkConfig
from core.networks import building
from core.networks.catalogue import NETWORKS
from lab import address, state
from lab.networks import upload

DEFAULT = "modular_97k"
UPLOAD = "model.py"  # no saved network can be called so


@dataclass(frozen=True)
class ChosenNetwork:
    """A network and what there is to know of it; `file` is path:Class of a student's file."""

    network: NetworkConfig
    inspection: Inspection
    file: str = ""


def label(name: str) -> str:
    """What a menu says of a network."""
    if name == UPLOAD:
        return "Your own model.py"
    return NETWORKS[name].label if name in NETWORKS else f"{name} (saved)"


def choose(key: str) -> ChosenNetwork | None:
    """The menu, in the address as `network`; None until a file is there to be read."""
    names = (*building.names(), UPLOAD)
    linked = address.is_link("network", key)
    chosen = address.choose(
        st.selectbox,
        "Network",
        names,
        name="network",
        key=key,
        default=DEFAULT,
        format_func=label,
    )
    if not linked and state.recall(f"{key}_before") not in (None, chosen):
        state.to_url("layer", None)  # it was the other network's
    state.remember(f"{key}_before", chosen)
    if chosen != UPLOAD:
        network = building.check_open(chosen)
        return ChosenNetwork(network, of_config(network))
    file = upload.choose()
    if not file:
        return None
    return ChosenNetwork(building.check_open(file), upload.inspected(file), file)
