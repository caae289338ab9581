"""What a verdict needs besides the network: a policy, and a run's accuracy. Streamlit only."""

import streamlit as st

from core.augment.policies import POLICIES
from core.augment.policy import Policy
from core.config.run_config import NetworkConfig
from lab import format, state

NONE, EDITED = "not chosen", "from the Augmentations page"


def choose(network: NetworkConfig) -> tuple[Policy | None, float | None]:
    """The policy and the accuracy (percent) that the last two rules look at, or None."""
    runs = {run.name: run for run in state.runs() if run.config.network == network}
    left, right = st.columns(2)
    run = right.selectbox(
        "Accuracy of the run",
        [NONE, *runs],
        format_func=lambda name: format.run_title(name) if name in runs else name,
        key=f"verdict_run_{network.name}",
        help="Runs of this network. The last epoch counts: the best one flatters, for it is "
        "chosen with the test images in view. A run that held images out has no test accuracy.",
    )
    policies = [NONE, *([EDITED] if state.edited_policy() else []), *POLICIES.names()]
    chosen = left.selectbox(
        "Augmentation policy",
        policies,
        format_func=lambda name: POLICIES[name].label if name in POLICIES else name,
        disabled=run in runs,
        key="verdict_policy",
        persist_state="session",
        help="A run brings the policy that it was trained with.",
    )
    if run in runs:
        rows, config = runs[run].epochs(), runs[run].config
        tested = rows and not config.training.hold_out  # else it is of training images
        return config.policy, rows[-1]["test_accuracy"] if tested else None
    if chosen == EDITED:
        return state.edited_policy(), None
    return (POLICIES[chosen].policy if chosen in POLICIES else None), None
