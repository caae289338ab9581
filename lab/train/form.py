"""The settings of a run to come, and its Start button."""

import time
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.augment.policies import POLICIES
from core.augment.policy import Policy
from core.config.run_config import NetworkConfig, RunConfig
from core.networks import building
from core.networks.catalogue import NETWORKS
from lab import errors, state
from lab.train import range_test, recipe, settings
from lab.train.settings import (
    DEFAULT,
    group,
    select,
    whole,
)

EDITED = "from the Augmentations page"


def show() -> None:
    """Draw the form; start a run when asked to.

    The button stands above the many settings, where it is seen also when these are open.
    """
    with errors.shown():
        recipe.choose()
        config = _config()
        if config is not None:
            with config.place:
                recipe.say_what_changed(config.run)
                _start_button(config.run)
                recipe.duration(config.run)


@dataclass(frozen=True)
class _Form:
    """What was chosen, and where its button goes."""

    run: RunConfig
    place: DeltaGenerator


def _config() -> _Form | None:
    network = select("Network", building.names(), NetworkConfig.name, _network_label, "network")
    policies = {name: POLICIES[name].policy for name in POLICIES.names()}
    edited, of_recipe = state.edited_policy(), recipe.policy()
    if of_recipe is not None:
        policies = {recipe.POLICY: of_recipe, **policies}
    if edited is not None:
        policies = {EDITED: edited, **policies}
    policy = select(
        "Augmentation",
        list(policies),
        EDITED if edited else "assignment",
        _policy_label,
        "policy_name",
    )
    epochs = whole(st, "Epochs", DEFAULT.epochs, "epochs", "Passes over the training images.")
    place = st.container()
    try:
        config = _before_settings(network, policies[policy])
        with st.expander("More settings", icon=":material/tune:"):
            made = _settings(config, epochs)
        training = recipe.with_choices({"epochs": epochs, **made})
        return _Form(replace(config, training=training), place)
    except ValueError as error:
        place.error(str(error), icon=":material/error:")
        return None


def _before_settings(network: str, policy: Policy) -> RunConfig:
    return RunConfig(data=state.data_source(), network=building.check_open(network), policy=policy)


def _settings(config: RunConfig, epochs: int) -> dict[str, object]:
    """All that "More settings" holds, as fields of TrainingConfig."""
    group("Learning")
    made = settings.learning()
    place = st.container()  # the range test tries the settings that stand below it
    group("Over the epochs")
    made |= settings.course(float(str(made["learning_rate"])), max(epochs, 1))
    group("Each step")
    made |= settings.steps()
    group("Speed")
    made |= settings.speed()
    group("Averaging")
    made |= settings.averaging()
    group("Tuning")
    made |= settings.tuning()
    with place:
        range_test.show(config, {"epochs": epochs, **made})
    return made


def _start_button(config: RunConfig) -> None:
    waiting = bool(state.runner().busy())
    pressed = st.button(
        "Start" if not waiting else "Add to the queue",
        type="primary",
        icon=":material/play_arrow:" if not waiting else ":material/queue:",
        width="stretch",
        key="start",
        help="Another run is in training; this one waits its turn." if waiting else None,
    )
    if pressed:
        with errors.shown():
            state.range_tests().make_way()
            run = state.runner().start(config)
            _until_taken_up(run.name)
            waits = run.name in state.runner().queue()
            if waits:  # what trains stays in view
                st.toast(run.status.message, icon=":material/queue:")
            else:
                state.watch(run.name)
            st.rerun()


def _until_taken_up(name: str, seconds: float = 1.0) -> None:
    """Give the thread a moment, so that the page that follows shows it at work."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and state.run_named(name).status.state == "queued":
        if name in state.runner().queue():
            return
        time.sleep(0.02)


def _network_label(name: str) -> str:
    return NETWORKS[name].label if name in NETWORKS else f"{name} (yours)"


def _policy_label(name: str) -> str:
    if name in POLICIES:
        return POLICIES[name].label
    return "Yours, from Augmentations" if name == EDITED else "The recipe's own"
