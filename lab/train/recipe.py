"""Train: named recipes that fill the form, and what was changed since."""

from dataclasses import fields, replace

import streamlit as st

from core.augment.policies import POLICIES, name_of
from core.augment.policy import Policy
from core.config.run_config import RunConfig, TrainingConfig
from core.networks.catalogue import NETWORKS
from core.training.recipes import RECIPES
from lab import format, state
from lab.train import settings as training_settings

OWN = "own"
KEY = "recipe"
POLICY = "from the recipe"
_IN_WORDS = {
    "batch_size": "batch size",
    "label_smoothing": "label smoothing",
    "learning_rate": "learning rate",
    "weight_decay": "weight decay",
    "gradient_clip": "gradient limit",
    "ema_decay": "averaging",
    "hold_out": "images held out",
    "target_accuracy": "stop at accuracy",
    "bias_lr_scale": "rate of biases",
    "initial_image_size": "first image side",
    "engine": "augmentation engine",
    "compile": "compilation",
}


def choose() -> None:
    """The menu; choosing a recipe sets all of the form, and the page's address."""
    wanted = state.from_url(KEY)
    if wanted is not None and wanted in RECIPES and wanted != state.recall("recipe_taken"):
        _take(wanted)
    name = st.selectbox(
        "Recipe",
        [OWN, *RECIPES.names()],
        format_func=lambda name: RECIPES[name].label if name in RECIPES else "Your own",
        key=KEY,
        persist_state="session",
        on_change=_chosen,
        help="A whole run under one name: it sets all that stands below. What you change "
        "afterwards counts.",
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
    differs = changes(RECIPES[name].config, config)
    if differs:
        st.caption(f"Changed from the recipe: {', '.join(differs)}.")
        st.button(
            "As the recipe says", icon=":material/undo:", key="as_recipe", on_click=_take,
            args=(name,),
        )  # fmt: skip


def changes(recipe: RunConfig, config: RunConfig) -> list[str]:
    """In what the second differs from the first, in words; the data does not count."""
    differs = [
        words_
        for words_, one, other in (
            ("network", recipe.network, config.network),
            ("augmentation", recipe.policy, config.policy),
        )
        if one != other
    ]
    for entry in fields(TrainingConfig):
        if getattr(recipe.training, entry.name) != getattr(config.training, entry.name):
            differs.append(_IN_WORDS.get(entry.name, entry.name.replace("_", " ")))
    return differs


def base() -> TrainingConfig:
    """What the form starts from: settings that it has no control for are the recipe's."""
    name = state.recall("recipe_taken")
    return RECIPES[name].config.training if name in RECIPES else TrainingConfig()


def about_seconds(config: RunConfig) -> float | None:
    """What the run may take, from the epochs of earlier ones like it on this machine."""
    for run in state.runs()[:50]:
        rows = [row for row in state.follower(run).rows("epochs") if "seconds" in row]
        if rows and _alike(run.config, config):
            spent: list[float] = [row["seconds"] + row.get("test_seconds", 0.0) for row in rows]
            return config.training.epochs * sum(spent) / len(spent)
    return None


def duration(config: RunConfig) -> None:
    """A line on how long it may take, where that is known."""
    seconds = about_seconds(config)
    if seconds is not None:
        st.caption(f"About {format.duration(seconds)}, going by an earlier run like it here.")


def _alike(one: RunConfig, other: RunConfig) -> bool:
    """Whether an epoch of both costs about the same."""
    settings = (
        "batch_size",
        "device",
        "precision",
        "compile",
        "engine",
        "initial_image_size",
        "replicas",
    )
    return (
        (one.network, one.data) == (other.network, other.data)
        and all(getattr(one.training, x) == getattr(other.training, x) for x in settings)
    )  # fmt: skip


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


def _take(name: str) -> None:
    """Set every control to what the recipe says; in a callback, or before they are drawn."""
    config = RECIPES[name].config
    named = name_of(config.policy)
    state.remember("recipe_taken", name)
    if named not in POLICIES:
        state.remember("recipe_policy", config.policy)
    state.fill(
        training_settings.values(config.training)
        | {KEY: name, "network": config.network.name}
        | {"policy_name": named if named in POLICIES else POLICY}
    )
    state.to_url(KEY, name)


def with_choices(made: dict[str, object]) -> TrainingConfig:
    """The settings of the form over those that it has no control for."""
    return replace(base(), **made)  # type: ignore[arg-type]
