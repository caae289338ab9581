"""The run that is watched: how far it is; pause, stop and what comes next."""

from functools import partial

import streamlit as st

from core.runs.status import Status
from core.runs.store import Run
from lab import errors, format, lessons, state
from lab.train import figures
from lab.train.remaining import seconds_left

POLL_SECONDS = 1.0


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
        # Stay with it: when it ends, the next of the queue does not take its place, nor its Stop.
        state.remember("watched", run.name)
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
        figures.numbers(run, status)
        figures.curves(run, status)


def _headline(run: Run, status: Status) -> None:
    title, buttons = st.columns([6, 4], vertical_alignment="center")
    with title:
        st.subheader(f"{run.title} {format.state_badge(status)}", anchor=False)
    with buttons, st.container(horizontal=True, horizontal_alignment="right"):
        _buttons(run, status)
    if status.state == "failed":
        st.error(status.message, icon=":material/error:")
    elif status.state == "interrupted":
        st.warning(
            f"{status.message} Press Resume to continue from the last finished epoch."
            if run.epochs()
            else f"{status.message} No epoch was finished: Resume begins again.",
            icon=":material/power_off:",
        )
    boxed = status.state in ("failed", "interrupted")
    st.progress(run.progress(), text=(not boxed and status.message) or _how_far(run, status))
    if damage := state.follower(run).damage():
        st.caption(damage)
    if not status.alive:
        _what_is_next()


def _what_is_next() -> None:
    """The run that is in training while this one has ended, and the way to it."""
    alive = state.in_training()
    if alive is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Next: **{alive.title}**", width="content")
        st.button(
            "Watch",
            icon=":material/visibility:",
            key="watch_next",
            on_click=state.watch,
            args=(alive.name,),
        )


def _buttons(run: Run, status: Status) -> None:
    if status.alive and state.runner().mine(run.name):
        _pause_and_stop(run, status)
    elif status.alive:
        st.caption(f"Trained by another process ({status.owner.process}): stop it there.")
    elif status.state in ("stopped", "interrupted", "failed"):
        if st.button("Resume", icon=":material/resume:", key="resume"):
            with errors.shown():
                state.make_way()
                state.runner().resume(run.name)
                st.rerun()
        # In the place of Stop there is nothing for the second half of a double click to press.
        st.button("Stop", icon=":material/stop:", key="stopped", disabled=True)


def _pause_and_stop(run: Run, status: Status) -> None:
    runner = state.runner()
    if status.state != "queued":
        paused = runner.paused(run.name)
        act = partial(runner.resume if paused else runner.pause, run.name)
        st.button(
            "Continue" if paused else "Pause",
            icon=":material/play_arrow:" if paused else ":material/pause:",
            key="continue" if paused else "pause",
            on_click=errors.attempt,
            args=(act,),
        )
    stopping = status.state == "stopping"
    st.button(
        "Stop now" if stopping else "Stop",
        icon=":material/stop:",
        key="stop",
        help="In the middle of a step." if stopping else "At the next step; it can be resumed.",
        on_click=errors.attempt,
        args=(partial(_stop, run.name),),
    )


def _stop(name: str) -> None:
    state.runner().stop(name)
    state.runner().join(name, 2.0)


def _how_far(run: Run, status: Status) -> str:
    """`Epoch 3 of 10 · about 4 min 10 s left`, or what it took in all."""
    training, follower = run.config.training, state.follower(run)
    steps, epochs = follower.rows("steps"), follower.rows("epochs")
    if not steps or not status.started.steps_per_epoch:
        return ""
    if not status.alive:
        spent = sum(row["seconds"] + row["test_seconds"] for row in epochs)
        return f"{len(epochs)} of {training.epochs} epochs in {format.duration(spent)}"
    done = f"Epoch {steps[-1]['epoch']} of {training.epochs}"
    recent = [row for row in steps if row["time"] >= status.first_step]
    left = seconds_left(training, status.started.steps_per_epoch, recent, epochs)
    return done if left is None else f"{done} · about {format.duration(left)} left"
