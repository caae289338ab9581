"""The settings of training as controls, made from what TrainingConfig's fields say of them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.config.run_config import TrainingConfig
from core.config.setting import settings_of
from core.optim.lr_schedules import SCHEDULES
from core.optim.optimizers import OPTIMIZERS
from core.training import progressive_resizing
from lab import state
from lab.charts import learning_rate
from lab.components.chart import chart
from lab.train.remaining import FULL_SIZE

SETTINGS = settings_of(TrainingConfig)
_IN_A_ROW = 3


def key(name: str, optimizer: str = "") -> str:
    """The key of a setting's widget: each optimizer remembers a learning rate of its own."""
    return f"learning_rate_{optimizer or chosen('optimizer')}" if name == "learning_rate" else name


def default(name: str) -> Any:
    """What a control holds at first; an optimizer brings its own learning rate."""
    return OPTIMIZERS[chosen("optimizer")].learning_rate if name == "learning_rate" else (
        SETTINGS[name].default
    )  # fmt: skip


def chosen(name: str) -> Any:
    """What a setting's control holds, also while it is not on the screen."""
    held = state.value_of(key(name))
    return default(name) if held is None else held


def config() -> TrainingConfig:
    """All of them; raises BadSetting for what is not allowed."""
    return TrainingConfig(**{name: chosen(name) for name in SETTINGS})


def fill(training: TrainingConfig) -> None:
    """Make every control hold what is said here; in a callback, or before they are drawn."""
    state.fill({key(name, training.optimizer): getattr(training, name) for name in SETTINGS})


def take_over(optimizer: str, rate: float) -> None:
    """Make this the learning rate; for a button's callback."""
    state.fill({key("learning_rate", optimizer): rate})


def control(name: str) -> None:
    """A menu or a field for a number.

    A number has no bounds here: those turn the field red without a word and keep the old value;
    TrainingConfig says what is allowed.
    """
    setting = SETTINGS[name]
    unit = f" ({setting.unit})" if setting.unit else ""
    kept: dict[str, Any] = {"key": key(name), "persist_state": "session"}
    if setting.choices is not None:
        names, records = setting.choices.names(), setting.choices
        st.selectbox(
            setting.label,
            names,
            index=names.index(default(name)),
            format_func=lambda each: records[each].label,
            help="  \n".join(f"**{each.label}**: {each.help}" for _, each in records.items()),
            **kept,
        )
    elif setting.type is int:
        st.number_input(
            setting.label + unit,
            value=int(default(name)),
            step=setting.step,
            help=setting.help,
            **kept,
        )
    else:
        st.number_input(
            setting.label + unit,
            value=float(default(name)),
            format="%g",
            step=None,
            help=setting.help,
            **kept,
        )


def controls(apart: Sequence[str]) -> None:
    """A control for every setting but those that stand elsewhere, under the groups' headings."""
    groups: dict[str, list[str]] = {}
    for name, setting in SETTINGS.items():
        if name not in apart:
            groups.setdefault(setting.group, []).append(name)
    for group, names in groups.items():
        st.markdown(f"**{group}**")
        for first in range(0, len(names), _IN_A_ROW):
            places = st.columns(_IN_A_ROW, gap="small", vertical_alignment="bottom")
            for place, name in zip(places, names[first : first + _IN_A_ROW], strict=False):
                with place:
                    control(name)


def planned_rate() -> None:
    """The learning rate and the images' size over the epochs, drawn before the run."""
    schedule, start = chosen("schedule"), chosen("initial_image_size")
    epochs = max(chosen("epochs"), 1)
    sizes: tuple[int, ...] = ()
    if 8 <= start <= FULL_SIZE:
        sizes = tuple(
            progressive_resizing.image_size(start, FULL_SIZE, epoch, epochs)
            for epoch in range(1, epochs + 1)
        )
    chart(
        learning_rate.schedule(
            SCHEDULES[schedule].factor,
            chosen("learning_rate"),
            epochs,
            sizes,
            schedule == "plateau",
        ),
        "schedule_chart",
    )
    if schedule == "plateau":
        st.caption(
            "An example: this schedule waits until the training loss stalls, and nobody knows "
            "before the run when that will be."
        )
