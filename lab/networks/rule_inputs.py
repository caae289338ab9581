"""What the last two rules are checked on: a policy, and an accuracy. Streamlit only."""

import streamlit as st

from core.augment.policies import POLICIES
from core.augment.policy import Policy
from core.config.run_config import NetworkConfig
from core.runs.store import Run
from lab import format, models, state
from lab.models import Trained

NONE, EDITED, TRAINED_WITH = "not chosen", "from the Augmentations page", "of its training"


def choose(network: NetworkConfig) -> tuple[Policy | None, float | None]:
    """The policy and the accuracy (percent) that the last two rules are checked on, or None."""
    left, right = st.columns(2)
    with right:
        trained = _trained(network)
    with left:
        policy = _policy(given=trained is not None)
    if isinstance(trained, Run):
        rows, config = trained.epochs(), trained.config
        tested = rows and not config.training.hold_out  # else it is of training images
        return config.policy, rows[-1]["test_accuracy"] if tested else None
    if trained is not None:
        recipe = models.recipe_of(trained.path)
        accuracy = trained.about.accuracy if trained.about else None
        return recipe.config.policy if recipe else None, accuracy
    return policy, None


def _trained(network: NetworkConfig) -> Run | Trained | None:
    """A run of this network, or weights of a recipe of its name, which are chosen at first."""
    runs = {run.name: run for run in state.runs() if run.config.network == network}
    shipped = {
        each.key: each
        for each in models.files()
        if models.recipe_of(each.path) is not None
        and each.about is not None
        and each.about.network == network
        and each.path.stem == network.name
    }
    titles = {key: each.title for key, each in shipped.items()}
    titles |= {name: format.run_title(run) for name, run in runs.items()}
    chosen = st.selectbox(
        "Accuracy of",
        [NONE, *titles],
        index=min(len(shipped), 1),
        format_func=lambda key: titles.get(key, key),
        key=f"verdict_run_{network.name}",
        help="Runs of this network, and weights that come with the lab. The last epoch counts: the "
        "best one is chosen by its test accuracy, which flatters it. A run that held training "
        "images out has no test accuracy.",
    )
    return runs.get(chosen) or shipped.get(chosen)


def _policy(*, given: bool) -> Policy | None:
    """The chosen policy; where it is `given` by what was trained, the menu says so."""
    if given:
        st.selectbox("Augmentation policy", [TRAINED_WITH], disabled=True)
        return None
    chosen = st.selectbox(
        "Augmentation policy",
        [NONE, *([EDITED] if state.edited_policy() else []), *POLICIES.names()],
        format_func=lambda name: POLICIES[name].label if name in POLICIES else name,
        key="verdict_policy",
        persist_state="session",
        help="Runs, and weights that come with the lab, bring the policy of their training.",
    )
    if chosen == EDITED:
        return state.edited_policy()
    return POLICIES[chosen].policy if chosen in POLICIES else None
