"""The figures and the curves of the run that is watched."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core import metrics
from core.runs.status import Status
from core.runs.store import Run
from lab import cached_results, state
from lab.charts import run_metrics
from lab.charts.run_traces import Curve, noise
from lab.components.chart import chart
from lab.layout import columns

# What is drawn for each choice: the key of the chart, and how it is made from the runs' curves.
VIEWS = {
    "Accuracy and loss": {"accuracy": run_metrics.accuracy, "loss": run_metrics.loss},
    "By class": {"classes": run_metrics.classes},
    "Learning rate and gradient": {"rate": run_metrics.rate, "gradient": run_metrics.gradient},
    "Speed": {"speed": run_metrics.speed, "seconds": run_metrics.seconds},
}
if metrics.added():
    VIEWS["More"] = {name: partial(run_metrics.added, name) for name in metrics.added()}


def numbers(run: Run, status: Status) -> None:
    """Accuracy, the best so far, training's accuracy, speed; and what stands beside them."""
    rows = state.follower(run)
    epochs, steps = rows.rows("epochs"), rows.rows("steps")
    last = epochs[-1] if epochs else {}
    best = max((row["test_accuracy"] for row in epochs), default=None)
    evaluated = status.started.evaluated
    held_out = evaluated != "test images"
    latest = steps[-1] if steps else {}
    training, speed = latest.get("accuracy"), latest.get("images_per_second")
    if last and not status.alive:  # the latest steps are a few hundred images
        training, speed = last["train_accuracy"], last.get("images_per_second", speed)
    figures = st.columns(4)
    figures[0].metric(
        "Held-out accuracy" if held_out else "Test accuracy",
        f"{last['test_accuracy']:.2f}%" if last else "–",
        help=f"On the {evaluated}, after the last finished epoch."
        + (" The test images are not evaluated." if held_out else ""),
    )
    figures[1].metric("Best so far", f"{best:.2f}%" if best is not None else "–")
    figures[2].metric(
        "Training accuracy",
        f"{training:.1f}%" if training is not None else "–",
        help="On augmented images: the latest batches while it trains, the last epoch once it has "
        "ended. Usually below that of images not seen in training; why is explained below the "
        "curves.",
    )
    figures[3].metric(
        "Images per second",
        f"{speed:,.0f}" if speed is not None else "–",
        help=status.started.device_title or None,
    )
    st.caption(_beside(epochs, status))


def _beside(epochs: list[dict[str, Any]], status: Status) -> str:
    """The figures that are no headline: the interval, and the same network evaluated otherwise."""
    if not epochs:
        return ""
    last, count = epochs[-1], status.started.test_images
    parts = []
    if len(epochs) > 1:
        change = last["test_accuracy"] - epochs[-2]["test_accuracy"]
        parts.append(f"{change:+.2f} points since the epoch before")
    if count:
        points = noise(last["test_accuracy"], count)
        parts.append(f"95% interval ±{points:.1f} points ({count:,} {status.started.evaluated})")
    for key, words in (
        ("ema_accuracy", "EMA weights {:.2f}%"),
        ("clean_accuracy", "clean training images {:.1f}%"),
        ("mirrored_accuracy", "flip TTA (mirror images averaged) {:.2f}%"),
    ):
        if last.get(key) is not None:
            parts.append(words.format(last[key]))
    return " · ".join(parts)


def curves(run: Run, status: Status) -> None:
    """The curves of the watched run and of those that are laid over it."""
    drawn_runs = [run, *[other for other in state.overlaid() if other.name != run.name]]
    drawn_curves = [curve_of(each) for each in drawn_runs]
    # A choice and not tabs: what is hidden is not drawn, and a tick costs the server half.
    chosen = st.segmented_control(
        "Curves",
        list(VIEWS),
        default=next(iter(VIEWS)),
        required=True,
        key="live_view",
        persist_state="session",
        label_visibility="collapsed",
    )
    drawn = VIEWS[chosen or next(iter(VIEWS))]
    if "classes" in drawn:
        drawn_curves[0] = replace(drawn_curves[0], class_names=cached_results.class_names(run))
    places = columns(*(1 for _ in drawn)) if len(drawn) > 1 else [st.container()]
    for place, (key, draw) in zip(places, drawn.items(), strict=True):
        with place:
            chart(draw(drawn_curves), f"live_{key}", toolbar=True)
    if "classes" in drawn and len(drawn_curves) > 1:
        st.caption(f"Of {drawn_curves[0].title} alone: each class has its line.")
    st.caption(_details(status))


def curve_of(run: Run) -> Curve:
    """A run's rows as charts take them."""
    rows, started = state.follower(run), run.status.started
    return Curve(
        run.title,
        rows.rows("epochs"),
        rows.rows("steps"),
        started.steps_per_epoch,
        started.test_images,
        started.evaluated,
        total_epochs=run.config.training.epochs,
    )


def _details(status: Status) -> str:
    known = status.started
    details = [known.data_title, f"{known.parameters:,} parameters" if known.parameters else ""]
    details += [known.device_title, known.precision, "compiled" if known.compiled else ""]
    details += [f"{known.replicas} replicas" if known.replicas > 1 else ""]
    details += [f"{known.engine} augmentation" if known.engine else ""]
    return " · ".join(detail for detail in [*details, known.note] if detail)
