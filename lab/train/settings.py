"""The settings of a run but for network, augmentation and epochs: what "More settings" holds."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.augment.engine.catalogue import ENGINES
from core.config.choices import COMPILE_MODES, PRECISIONS
from core.config.run_config import TrainingConfig
from core.device import DEVICES
from core.optim.lr_schedules import SCHEDULES
from core.optim.optimizers import OPTIMIZERS
from core.registry import Registry
from core.training import progressive_resizing
from lab import state
from lab.charts import learning_rate
from lab.components.chart import chart

Place = Any  # a column, or streamlit itself: where a control goes
DEFAULT = TrainingConfig()
FULL_SIDE = 32  # pixels of the images that the chart is drawn for

# The fields of TrainingConfig that the form sets, and the keys of their widgets.
KEYS = {
    "epochs": "epochs",
    "optimizer": "optimizer",
    "batch_size": "batch",
    "momentum": "momentum",
    "weight_decay": "weight_decay",
    "schedule": "schedule",
    "label_smoothing": "label_smoothing",
    "gradient_clip": "clip",
    "seed": "seed",
    "device": "device",
    "engine": "engine",
    "precision": "precision",
    "compile": "compile",
    "ema_decay": "ema_decay",
    "hold_out": "hold_out",
    "target_accuracy": "target_accuracy",
    "bias_lr_scale": "bias_lr_scale",
    "initial_image_size": "initial_image_size",
    "replicas": "replicas",
}  # the learning rate's has its optimizer in it: each begins with its own


def rate_key(optimizer: str) -> str:
    """The key of the learning rate's widget: each optimizer remembers its own."""
    return f"learning_rate_{optimizer}"


def values(training: TrainingConfig) -> dict[str, object]:
    """Widgets' keys and what they show for these settings."""
    shown: dict[str, object] = {key: getattr(training, name) for name, key in KEYS.items()}
    return shown | {rate_key(training.optimizer): training.learning_rate}


def learning() -> dict[str, object]:
    """Optimizer, rate and all that goes with them; names of fields and what was chosen."""
    optimizer = choice("Optimizer", OPTIMIZERS, "optimizer", DEFAULT.optimizer)
    left, right = _pair()
    rate = number(
        left,
        "Learning rate",
        OPTIMIZERS[optimizer].learning_rate,
        rate_key(optimizer),
        "The highest value of the schedule.",
    )
    bias_lr_scale = number(
        right,
        "Biases, times",
        DEFAULT.bias_lr_scale,
        "bias_lr_scale",
        "Biases and normalization's scale and shift learn at so many times the learning rate, "
        "without weight decay where it is not 1. They are few and may move fast.",
    )
    return {"optimizer": optimizer, "learning_rate": rate, "bias_lr_scale": bias_lr_scale}


def steps() -> dict[str, object]:
    """What a step is made of."""
    left, right = _pair()
    batch = whole(left, "Batch size", DEFAULT.batch_size, "batch", "Images a step.", 32)
    momentum = number(
        right, "Momentum", DEFAULT.momentum, "momentum", "Of SGD, or the first beta of Adam."
    )
    left, right = _pair()
    decay = number(
        left,
        "Weight decay",
        DEFAULT.weight_decay,
        "weight_decay",
        "How strongly weights are pulled to zero.",
    )
    smoothing = number(
        right,
        "Smoothing",
        DEFAULT.label_smoothing,
        "label_smoothing",
        "Label smoothing: share of the label spread over all classes.",
    )
    left, right = _pair()
    clip = number(
        left,
        "Gradient limit",
        DEFAULT.gradient_clip,
        "clip",
        "The largest gradient norm; 0 is no limit.",
    )
    seed = whole(right, "Seed", DEFAULT.seed, "seed", "The same seed gives the same run.")
    return {
        "batch_size": batch, "momentum": momentum, "seed": seed, "label_smoothing": smoothing,
        "gradient_clip": clip, "weight_decay": decay,
    }  # fmt: skip


def course(rate: float, epochs: int) -> dict[str, object]:
    """How learning rate and image size go over the epochs, drawn before the run."""
    schedule = choice("Schedule", SCHEDULES, "schedule", DEFAULT.schedule)
    initial_image_size = whole(
        st,
        "Image side grows from",
        DEFAULT.initial_image_size,
        "initial_image_size",
        "Pixels. Images grow from this side to their full size over the first three quarters of "
        "the epochs: small ones train faster. 0 is full size from the start.",
        4,
    )
    sides: tuple[int, ...] = ()
    if 8 <= initial_image_size <= FULL_SIDE:
        sides = tuple(
            progressive_resizing.side(initial_image_size, FULL_SIDE, epoch, epochs)
            for epoch in range(1, epochs + 1)
        )
    chart(
        learning_rate.schedule(
            SCHEDULES[schedule].factor, rate, epochs, sides, schedule == "plateau"
        ),
        "schedule_chart",
    )
    if schedule == "plateau":
        st.caption(
            "An example: this schedule waits until the training loss stalls, and nobody knows "
            "before the run when that will be."
        )
    return {"schedule": schedule, "initial_image_size": initial_image_size}


def speed() -> dict[str, object]:
    """On what it runs, and how."""
    device = choice("Device", DEVICES, "device", DEFAULT.device)
    precision = choice("Precision", PRECISIONS, "precision", DEFAULT.precision)
    compiled = choice("Compiled", COMPILE_MODES, "compile", DEFAULT.compile)
    engine = choice("Augmentation engine", ENGINES, "engine", DEFAULT.engine)
    replicas = whole(
        st,
        "Replicas",
        DEFAULT.replicas,
        "replicas",
        "On a processor: a batch is split into so many parts, each learned from by a copy of the "
        "network with cores of its own. On two cores 2 of them are quicker than 1. "
        "Normalization sees a part alone, so results differ a little. Not for networks with "
        "dropout.",
    )
    return {
        "device": device, "precision": precision, "compile": compiled, "engine": engine,
        "replicas": replicas,
    }  # fmt: skip


def averaging() -> dict[str, object]:
    """The averaged weights beside the trained ones."""
    decay = number(
        st,
        "Decay of the average (EMA)",
        DEFAULT.ema_decay,
        "ema_decay",
        "Beside the trained weights, an average of those of the last steps is kept and tested: "
        "0.99 looks back over about 100 steps, 0.999 over 1,000. 0 is off.",
    )
    return {"ema_decay": decay}


def tuning() -> dict[str, object]:
    """What a recipe is tuned with, so that the test images stay unseen."""
    left, right = _pair()
    hold_out = whole(
        left,
        "Hold out",
        DEFAULT.hold_out,
        "hold_out",
        "So many training images are set aside and evaluated instead of the test images. Try "
        "settings with 5,000: who chooses by the test images flatters himself. 0 is off.",
        1000,
    )
    target = number(
        right,
        "Stop at (%)",
        DEFAULT.target_accuracy,
        "target_accuracy",
        "The run ends after the epoch that reaches this accuracy. 0 is never.",
    )
    return {"hold_out": hold_out, "target_accuracy": target}


def choice(label: str, registry: Registry[Any], key: str, default: str) -> str:
    """A menu of a registry's records, each explained in the help."""
    return select(
        label,
        registry.names(),
        default,
        lambda name: registry[name].label,
        key,
        "  \n".join(f"**{record.label}**: {record.help}" for _, record in registry.items()),
    )


def select(
    label: str,
    names: Sequence[str],
    default: str,
    words: Callable[[str], str],
    key: str,
    help: str | None = None,
) -> str:
    """A menu that keeps its value in this session."""
    return st.selectbox(
        label,
        names,
        index=list(names).index(default),
        format_func=words,
        key=key,
        persist_state="session",
        help=help,
    )


def number(place: Place, label: str, default: float, key: str, help: str) -> float:
    """Without bounds of its own: those turn the field red without a word and keep the old value;
    RunConfig says what is allowed."""
    chosen: float = place.number_input(
        label, value=default, format="%g", step=None, key=key, persist_state="session", help=help
    )
    return chosen


def whole(place: Place, label: str, default: int, key: str, help: str, step: int = 1) -> int:
    """The same for whole numbers; the buttons go `step` up and down."""
    chosen: int = place.number_input(
        label, value=default, step=step, key=key, persist_state="session", help=help
    )
    return chosen


def _pair() -> Sequence[DeltaGenerator]:
    return st.columns(2, gap="small", vertical_alignment="bottom")


def group(words: str) -> None:
    """A line over the controls that belong together."""
    st.markdown(f"**{words}**")


def take_over(optimizer: str, rate: float) -> None:
    """Make this the learning rate; for a button's callback."""
    state.fill({rate_key(optimizer): rate})
