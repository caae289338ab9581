"""The settings of a run to come, and its Start button."""

import time
from dataclasses import fields

import streamlit as st

from core.augment.policies import POLICIES
from core.augment.policy import Policy
from core.config import NetworkConfig, RunConfig, TrainingConfig
from core.networks import building
from core.networks.catalogue import NETWORKS
from core.training.choices import DEVICES, ENGINES, OPTIMISERS, SCHEDULES
from lab import charts, problems, state

DEFAULT = TrainingConfig()
EDITED = "from the Augmentations page"


def show() -> None:
    """Draw the form; start a run when asked to."""
    with problems.shown():
        config = _config()
        if config is not None:
            _start_button(config)


def _config() -> RunConfig | None:
    network = _choice("Network", building.names(), NetworkConfig.name, _network_label, "network")
    policies = POLICIES.names()
    edited = state.edited_policy()
    if edited is not None:
        policies = (EDITED, *policies)
    policy = _choice(
        "Augmentation",
        policies,
        policies[0] if edited else "assignment",
        _policy_label,
        "policy_name",
    )
    epochs = st.slider(
        "Epochs",
        1,
        100,
        DEFAULT.epochs,
        key="epochs",
        persist_state="session",
        help="Passes over the training images.",
    )
    with st.expander("More settings", icon=":material/tune:"):
        training = _training(epochs)
    try:
        chosen: Policy = edited if policy == EDITED and edited else POLICIES[policy].policy
        return RunConfig(
            data=state.data_source(),
            network=building.check_open(network),
            policy=chosen,
            training=training,
        )
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _training(epochs: int) -> TrainingConfig:
    optimiser = _choice(
        "Optimiser",
        OPTIMISERS.names(),
        DEFAULT.optimiser,
        lambda name: OPTIMISERS[name].label,
        "optimiser",
        "  \n".join(f"**{r.label}**: {r.help}" for _, r in OPTIMISERS.items()),
    )
    left, right = st.columns(2)
    with left:
        rate = _number(
            "Learning rate",
            OPTIMISERS[optimiser].learning_rate,
            f"learning_rate_{optimiser}",
            "The highest value of the schedule.",
        )
        decay = _number(
            "Weight decay",
            DEFAULT.weight_decay,
            "weight_decay",
            "How strongly weights are pulled to zero.",
        )
        smoothing = _number(
            "Label smoothing",
            DEFAULT.label_smoothing,
            "label_smoothing",
            "Share of the label spread over all classes.",
        )
        seed = st.number_input(
            "Seed",
            value=DEFAULT.seed,
            key="seed",
            persist_state="session",
            help="The same seed gives the same run.",
        )
    with right:
        batch = st.select_slider(
            "Batch size",
            [16, 32, 64, 128, 256, 512, 1024],
            DEFAULT.batch_size,
            key="batch",
            persist_state="session",
            help="Images a step.",
        )
        momentum = _number(
            "Momentum",
            DEFAULT.momentum,
            "momentum",
            "Of SGD, or the first beta of Adam.",
        )
        clip = _number(
            "Gradient limit",
            DEFAULT.gradient_clip,
            "clip",
            "The largest gradient norm; 0 is no limit.",
        )
    schedule = _choice(
        "Schedule",
        SCHEDULES.names(),
        DEFAULT.schedule,
        lambda name: SCHEDULES[name].label,
        "schedule",
        "  \n".join(f"**{r.label}**: {r.help}" for _, r in SCHEDULES.items()),
    )
    st.plotly_chart(
        charts.schedule(SCHEDULES[schedule].factor, rate, epochs),
        key="schedule_chart",
        config={"displayModeBar": False},
    )
    device = _choice("Device", DEVICES.names(), "auto", lambda n: DEVICES[n].label, "device")
    engine = _choice(
        "Augmentation engine",
        ENGINES.names(),
        "auto",
        lambda name: ENGINES[name].label,
        "engine",
        "  \n".join(f"**{r.label}**: {r.help}" for _, r in ENGINES.items()),
    )
    made = {
        "epochs": epochs, "batch_size": batch, "optimiser": optimiser, "learning_rate": rate,
        "momentum": momentum, "weight_decay": decay, "schedule": schedule,
        "label_smoothing": smoothing, "gradient_clip": clip, "seed": seed, "device": device,
        "engine": engine,
    }  # fmt: skip
    assert made.keys() <= {entry.name for entry in fields(TrainingConfig)}
    return TrainingConfig(**made)


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
        with problems.shown():
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


def _choice(label, names, default, words, key, help=None):  # type: ignore[no-untyped-def]
    names = list(names)
    return st.selectbox(
        label,
        names,
        index=names.index(default),
        format_func=words,
        key=key,
        persist_state="session",
        help=help,
    )


def _number(label: str, default: float, key: str, help: str) -> float:
    """Without bounds of its own: those turn the field red without a word and keep the old value;
    RunConfig says what is allowed."""
    return st.number_input(
        label, value=default, format="%g", step=None, key=key, persist_state="session", help=help
    )


def _network_label(name: str) -> str:
    return NETWORKS[name].label if name in NETWORKS else f"{name} (yours)"


def _policy_label(name: str) -> str:
    return POLICIES[name].label if name in POLICIES else "Yours, from Augmentations"
