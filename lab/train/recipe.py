"""Train: named recipes that fill the form, and what was changed since."""

import streamlit as st

from core.augment.policies import POLICIES, name_of
from core.augment.policy import Policy
from core.config.run_config import RunConfig
from core.networks.catalogue import NETWORKS
from core.training.recipes import RECIPES
from lab import state
from lab.train import settings

OWN = "own"
KEY = "recipe"
POLICY = "from the recipe"


def choose() -> None:
    """The menu; choosing a recipe sets all of the form, and the page's address.

    At first it is the first recipe, which is made for watching.
    """
    wanted = state.from_url(KEY)
    if wanted is not None and wanted in RECIPES and wanted != state.recall("recipe_taken"):
        _take(wanted)
    elif not state.is_drawn(KEY):
        _take(RECIPES.names()[0], with_policy=state.edited_policy() is None)
    name = st.selectbox(
        "Recipe",
        [*RECIPES.names(), OWN],
        format_func=lambda name: RECIPES[name].label if name in RECIPES else "Your own",
        key=KEY,
        persist_state="session",
        on_change=_chosen,
        help="A whole run under one name: it sets all that stands below. What you change "
        "afterwards counts. The documents are students' reports, numbered 000 to 004: their "
        "recipes follow what each says.",
    )
    if name in RECIPES:
        state.to_url(KEY, name)
        _explain(name)


def policy() -> Policy | None:
    """The policy of the recipe chosen last, where it is none of the named ones."""
    kept: Policy | None = state.recall("recipe_policy")
    return kept


def say_what_changed(config: RunConfig) -> None:
    """Below the form: where it is not what the recipe says any more, and the way back."""
    name = state.recall("recipe_taken")
    if name not in RECIPES:
        return
    differences = RECIPES[name].config.differences(config)
    if differences:
        st.caption(f"Changed from the recipe: {', '.join(differences)}.")
        st.button(
            "Reset to the recipe",
            icon=":material/undo:",
            key="as_recipe",
            on_click=_take,
            args=(name,),
        )


def _explain(name: str) -> None:
    recipe = RECIPES[name]
    training = recipe.config.training
    network = recipe.config.network.name
    label = NETWORKS[network].label if network in NETWORKS else network
    start, _, rest = recipe.help.partition(". ")
    st.caption(
        f"**{training.epochs} epochs** of {label}. {start}{'.' if rest else ''}",
        help=recipe.help if rest else None,
    )


def _chosen() -> None:
    name = state.just_set(KEY)
    if name in RECIPES:
        _take(name)
    else:
        state.remember("recipe_taken", None)
        state.to_url(KEY, None)


def _take(name: str, *, with_policy: bool = True) -> None:
    """Set every control to what the recipe says; in a callback, or before they are drawn."""
    config = RECIPES[name].config
    named = name_of(config.policy)
    state.remember("recipe_taken", name)
    if named not in POLICIES:
        state.remember("recipe_policy", config.policy)
    settings.fill(config.training)
    state.fill({KEY: name, "network": config.network.name})
    if with_policy:
        state.fill({"policy_name": named if named in POLICIES else POLICY})
    state.to_url(KEY, name)
