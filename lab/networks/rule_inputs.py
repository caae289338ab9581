"""What the last two rules are checked on: a policy, and an accuracy. Streamlit only."""

import streamlit as st

from core.augment.policies import POLICIES
from core.augment.policy import Policy
from core.config.run_config import NetworkConfig
from lab import format, models, state

NONE, EDITED, TRAINED_WITH = "not chosen", "from the Augmentations page", "of its training"


def choose(network: NetworkConfig) -> tuple[Policy | None, float | None]:
    """The policy and the accuracy (percent) that the last two rules look at, or None.

    A network that has a recipe of its own name is checked with that recipe's weights at first.
    """
    runs = {run.name: run for run in state.runs() if run.config.network == network}
    shipped = {
        each.key: each
        for each in models.files()
        if models.recipe_of(each.path) is not None
        and each.about is not None
        and each.about.network == network
        and each.path.stem == network.name
    }
    left, right = st.columns(2)
    trained = right.selectbox(
        "Accuracy of",
        [NONE, *shipped, *runs],
        index=min(len(shipped), 1),
        format_func=lambda key: (
            shipped[key].title
            if key in shipped
            else format.run_title(state.run_named(key))
            if key in runs
            else key
        ),
        key=f"verdict_run_{network.name}",
        help="Runs of this network, and weights that come with the lab. The last epoch counts: the "
        "best one is chosen by its test accuracy, which flatters it. A run that held training "
        "images out has no test accuracy.",
    )
    chosen = TRAINED_WITH
    if trained != NONE:
        left.selectbox("Augmentation policy", [TRAINED_WITH], disabled=True)
    else:
        chosen = left.selectbox(
            "Augmentation policy",
            [NONE, *([EDITED] if state.edited_policy() else []), *POLICIES.names()],
            format_func=lambda name: POLICIES[name].label if name in POLICIES else name,
            key="verdict_policy",
            persist_state="session",
            help="Runs, and weights that come with the lab, bring the policy of their training.",
        )
    if trained in runs:
        rows, config = runs[trained].epochs(), runs[trained].config
        tested = rows and not config.training.hold_out  # else it is of training images
        return config.policy, rows[-1]["test_accuracy"] if tested else None
    about = shipped[trained].about if trained in shipped else None
    if about is not None:
        recipe = models.recipe_of(shipped[trained].path)
        return recipe.config.policy if recipe else None, about.accuracy
    if chosen == EDITED:
        return state.edited_policy(), None
    return (POLICIES[chosen].policy if chosen in POLICIES else None), None
