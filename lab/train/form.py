"""The settings of a run to come, and its Start button."""

import time

import streamlit as st

from core.augment.policies import POLICIES
from core.augment.policy import Policy
from core.config.run_config import NetworkConfig, RunConfig
from core.networks import building
from core.networks.catalogue import NETWORKS
from lab import errors, state
from lab.layout import columns
from lab.train import duration, range_test, recipe, settings

EDITED = "from the Augmentations page"
_OPEN = "settings_open"


def show() -> None:
    """Draw the form; start a run when asked to."""
    with errors.shown():
        recipe.choose()
        network = st.selectbox(
            "Network",
            building.names(),
            index=building.names().index(NetworkConfig.name),
            format_func=_network_label,
            key="network",
            persist_state="session",
        )
        policy = _policy()
        settings.control("epochs")
        config = None
        try:
            config = RunConfig(
                data=state.data_source(),
                network=building.check_open(network),
                policy=policy,
                training=settings.config(),
            )
            _start(config)
        finally:  # also where a setting makes no sense: it is put right there
            _more_settings(config)


def _start(config: RunConfig) -> None:
    recipe.say_what_changed(config)
    _start_button(config)
    duration.show(config)
    st.caption(_in_short(config))


def _in_short(config: RunConfig) -> str:
    """The settings that matter most, for they are chosen out of sight."""
    shown = config.training.described()
    parts = [f"{label.lower()} {shown[label]}" for label in ("Learning rate", "Batch size")]
    return " · ".join([shown["Optimizer"], shown["Schedule"], *parts])


def _policy() -> Policy:
    policies = {name: POLICIES[name].policy for name in POLICIES.names()}
    edited, of_recipe = state.edited_policy(), recipe.policy()
    if of_recipe is not None:
        policies = {recipe.POLICY: of_recipe, **policies}
    if edited is not None:
        policies = {EDITED: edited, **policies}
    chosen = st.selectbox(
        "Augmentation",
        list(policies),
        index=list(policies).index(EDITED if edited else "assignment"),
        format_func=_policy_label,
        key="policy_name",
        persist_state="session",
    )
    return policies[chosen]


def _more_settings(config: RunConfig | None) -> None:
    st.button(
        "More settings",
        icon=":material/tune:",
        width="stretch",
        key="more_settings",
        on_click=state.remember,
        args=(_OPEN, True),
        help="Optimizer, schedule, batches, speed and averaging, and a test that finds a learning "
        "rate.",
    )
    if state.recall(_OPEN):
        _dialog(config)


@st.dialog("Settings", width="large", on_dismiss=lambda: state.remember(_OPEN, False))
def _dialog(config: RunConfig | None) -> None:
    left, right = columns(3, 2)
    with left, st.container(key="settings"):
        settings.controls(apart=("epochs",))
    with right, errors.shown():
        settings.planned_rate()
        training = settings.config()
        if config is not None:
            range_test.show(RunConfig(config.data, config.network, config.policy, training))


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
            state.make_way()
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
