"""The run that is watched: how far it is, its figures, its curves; pause and stop."""

import time
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core import metrics
from core.config.run_config import TrainingConfig
from core.runs.status import Status
from core.runs.store import Run
from core.training import progressive_resizing
from lab import (
    cached_results,
    errors,
    format,
    lessons,
    state,
)
from lab.charts import run_metrics
from lab.charts.run_traces import Curve, noise
from lab.components.chart import chart
from lab.layout import columns
from lab.train.settings import FULL_SIZE

POLL_SECONDS = 1.0
# What is drawn for each choice: the key of the chart, and how it is made from the runs' curves.
VIEWS = {
    "Accuracy and loss": {"accuracy": run_metrics.accuracy, "loss": run_metrics.loss},
    "By class": {"classes": run_metrics.classes},
    "Rate and gradient": {"rate": run_metrics.rate, "gradient": run_metrics.gradient},
    "Speed": {"speed": run_metrics.speed, "seconds": run_metrics.seconds},
}
if metrics.added():
    VIEWS["More"] = {name: partial(run_metrics.added, name) for name in metrics.added()}
SHARES = {"Accuracy and loss": (3, 2)}  # of the width: accuracy has more to say


def show() -> None:
    """Draw the watched run, again every second while it is alive."""
    with errors.shown():
        run = state.watched()
        if run is None:
            with st.container(border=True):
                st.subheader("No run yet", anchor=False)
                st.markdown(
                    "Press **Start** and the curves appear here within seconds, on a CPU too. "
                    "The settings at the left are a sound beginning."
                )
            return
        alive = run.status.alive
        st.fragment(_live, run_every=POLL_SECONDS if alive else None)(run.name, alive)
        with st.expander("Why is the test accuracy above training's?", icon=":material/school:"):
            lessons.show("train")


def _live(name: str, was_alive: bool) -> None:
    with errors.shown():
        run = state.run_named(name)
        status = run.status
        if was_alive and not status.alive:
            st.rerun()  # the whole page: buttons, table and side bar change with it
        _headline(run, status)
        _figures(run, status)
        _curves(run, status)


def _headline(run: Run, status: Status) -> None:
    title, buttons = st.columns([6, 4], vertical_alignment="center")
    with title:
        st.subheader(f"{run.config.network.name} {format.state_badge(status)}", anchor=False)
    with buttons, st.container(horizontal=True, horizontal_alignment="right"):
        _buttons(run, status)
    if status.state == "failed":
        st.error(status.message, icon=":material/error:")
    elif status.state == "interrupted":
        st.warning(
            f"{status.message} Press Resume to go on from the last finished epoch."
            if run.epochs()
            else f"{status.message} No epoch was finished; start it again.",
            icon=":material/power_off:",
        )
    told = status.state in ("failed", "interrupted")  # above, in a box of its own
    text = (not told and status.message) or _remaining(run, status)
    st.progress(run.progress(), text=text)


def _buttons(run: Run, status: Status) -> None:
    runner = state.runner()
    if status.alive and runner.mine(run.name):
        if status.state != "queued":
            if runner.paused(run.name):
                if st.button("Go on", icon=":material/play_arrow:", key="go_on"):
                    runner.resume(run.name)
                    st.rerun(scope="fragment")
            elif st.button("Pause", icon=":material/pause:", key="pause"):
                runner.pause(run.name)
                st.rerun(scope="fragment")
        stopping = status.state == "stopping"
        if st.button(
            "Stop now" if stopping else "Stop",
            icon=":material/stop:",
            key="stop",
            help="In the middle of a step." if stopping else "At the next step; it can be resumed.",
        ):
            runner.stop(run.name)
            runner.join(run.name, 2.0)
            st.rerun(scope="fragment")
    elif status.alive:
        st.caption(f"Trained by another process ({status.owner.process}): stop it there.")
    elif (
        status.state in ("stopped", "interrupted", "failed")
        and run.epochs()
        and st.button("Resume", icon=":material/resume:", key="resume")
    ):
        with errors.shown():
            state.range_tests().make_way()
            runner.resume(run.name)
            st.rerun()


def _remaining(run: Run, status: Status) -> str:
    """`Epoch 3 of 10 · 4 min 10 s left`, from the speed since the run (or its resumption) began."""
    epochs = run.config.training.epochs
    rows = state.follower(run).rows("steps")
    if not rows or not status.started.steps_per_epoch:
        return ""
    done = f"Epoch {rows[-1]['epoch']} of {epochs}"
    if not status.alive:
        finished = run.epochs()
        spent = sum(row["seconds"] + row["test_seconds"] for row in finished)
        return f"{len(finished)} of {epochs} epochs in {format.duration(spent)}"
    recent = [row for row in rows if row["time"] >= status.first_step]
    if status.state != "running" or len(recent) < 2:
        return done
    seconds = recent[-1]["time"] - recent[0]["time"]
    training = run.config.training
    spent, left = (
        _work(training, status.started.steps_per_epoch, *part)
        for part in (
            (recent[0]["step"], recent[-1]["step"]),
            (recent[-1]["step"], epochs * status.started.steps_per_epoch),
        )
    )
    waited = time.time() - recent[-1]["time"]
    remaining = left * seconds / max(spent, 1e-9) - waited
    return f"{done} · about {format.duration(remaining)} left"


def _work(training: TrainingConfig, steps_per_epoch: int, first: int, last: int) -> float:
    """What the steps after `first` up to `last` cost, in steps on images of full size."""
    if not training.initial_image_size:
        return float(last - first)
    total = 0.0
    for epoch in range(1, training.epochs + 1):
        begins, ends = (epoch - 1) * steps_per_epoch, epoch * steps_per_epoch
        steps = max(min(last, ends) - max(first, begins), 0)
        side = progressive_resizing.image_size(
            training.initial_image_size, FULL_SIZE, epoch, training.epochs
        )
        total += steps * (side / FULL_SIZE) ** 2
    return total


def _figures(run: Run, status: Status) -> None:
    rows = state.follower(run)
    epochs, steps = rows.rows("epochs"), rows.rows("steps")
    last = epochs[-1] if epochs else {}
    best = max((row["test_accuracy"] for row in epochs), default=None)
    before = epochs[-2]["test_accuracy"] if len(epochs) > 1 else None
    held_out = status.started.evaluated != "test images"
    latest = steps[-1] if steps else {}
    training, speed = latest.get("accuracy"), latest.get("images_per_second")
    if last and not status.alive:  # the latest steps are a few hundred images
        training, speed = last["train_accuracy"], last.get("images_per_second", speed)
    figures = st.columns(4)
    figures[0].metric(
        "Held-out accuracy" if held_out else "Test accuracy",
        f"{last['test_accuracy']:.2f}%" if last else "–",
        f"{last['test_accuracy'] - before:+.2f} points" if before is not None else None,
        help=f"On the {status.started.evaluated}, after the last finished epoch."
        + (" The test images are not looked at." if held_out else ""),
    )
    figures[1].metric("Best so far", f"{best:.2f}%" if best is not None else "–")
    figures[2].metric(
        "Training accuracy",
        f"{training:.1f}%" if training is not None else "–",
        help="Of augmented images: the latest batches while it trains, the last epoch once it has "
        "ended. Usually below that of images not seen in training. Why, stands below the curves.",
    )
    figures[3].metric(
        "Images a second",
        f"{speed:,.0f}" if speed is not None else "–",
        help=status.started.device_title or None,
    )
    st.caption(_beside(last, status))


def _beside(last: dict[str, Any], status: Status) -> str:
    """The figures that are no headline: what is chance, and the same network otherwise asked."""
    if not last:
        return ""
    said = []
    count = status.started.test_images
    if count:
        points = noise(last["test_accuracy"], count)
        said.append(f"±{points:.1f} points are chance with {count:,} {status.started.evaluated}")
    for key, saying in (
        ("ema_accuracy", "averaged weights {:.2f}%"),
        ("clean_accuracy", "training images without augmentation {:.1f}%"),
        ("mirrored_accuracy", "with mirror images averaged {:.2f}%"),
    ):
        if last.get(key) is not None:
            said.append(saying.format(last[key]))
    return " · ".join(said)


def _curves(run: Run, status: Status) -> None:
    shown = [run, *[other for other in state.overlaid() if other.name != run.name]]
    curves = []
    for entry in shown:
        rows, about = state.follower(entry), entry.status
        title = entry.config.network.name
        if len(shown) > 1:  # the few signs that end its name in the table below
            title = f"{title} · {entry.name.rpartition('-')[2]}"
        curves.append(
            Curve(
                title,
                rows.rows("epochs"),
                rows.rows("steps"),
                about.started.steps_per_epoch,
                about.started.test_images,
                about.started.evaluated,
            )
        )
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
        curves[0] = replace(curves[0], class_names=cached_results.class_names(run))
    shares = SHARES.get(chosen or "", (1,) * len(drawn))
    places = columns(*shares) if len(drawn) > 1 else [st.container()]
    for place, (key, draw) in zip(places, drawn.items(), strict=True):
        with place:
            chart(draw(curves), f"live_{key}", toolbar=True)
    if "classes" in drawn and len(curves) > 1:
        st.caption(f"Of {curves[0].title} alone: each class has its line.")
    known = status.started
    details = [known.data_title, f"{known.parameters:,} parameters" if known.parameters else ""]
    details += [known.device_title, known.precision, "compiled" if known.compiled else ""]
    details += [f"{known.replicas} replicas" if known.replicas > 1 else ""]
    details += [f"augmentation {known.engine}" if known.engine else ""]
    st.caption(" · ".join(detail for detail in [*details, known.note] if detail))
