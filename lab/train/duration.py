"""How long a run will take here, said before it begins."""

from contextlib import suppress

import streamlit as st

from core.config.run_config import RunConfig
from core.errors import LabError
from lab import format, state

POLL_SECONDS = 1.0
_ALIKE = ("batch_size", "device", "precision", "compile", "engine", "initial_image_size",
          "replicas")  # fmt: skip


def show(config: RunConfig) -> None:
    """A line below the button: from an earlier run, or from steps that are timed meanwhile."""
    seconds, source = from_earlier_runs(config), "by an earlier run like it"
    if seconds is None:
        jobs = state.forecasts()
        if not jobs.known(config):
            if not state.runner().busy() and not state.range_tests().busy:
                jobs.ask(config)
                st.fragment(_measuring, run_every=POLL_SECONDS)(config)
            return
        seconds, source = jobs.seconds(config), "by a few timed steps"
    if seconds is not None:
        st.caption(f"**{format.about(seconds).capitalize()} here**, going {source}.")


def _measuring(config: RunConfig) -> None:
    if state.forecasts().known(config):
        st.rerun()
    st.caption("Timing a few steps, to say how long it will take …")


def from_earlier_runs(config: RunConfig) -> float | None:
    """Seconds, from the epochs of the newest run like it on this machine; None without one."""
    for run in state.runs()[:50]:
        rows = [row for row in state.follower(run).rows("epochs") if "seconds" in row]
        with suppress(LabError):  # of a run whose settings are damaged
            if rows and _alike(run.config, config):
                spent: list[float] = [row["seconds"] + row.get("test_seconds", 0.0) for row in rows]
                return config.training.epochs * sum(spent) / len(spent)
    return None


def _alike(one: RunConfig, other: RunConfig) -> bool:
    """Whether an epoch of both costs about the same."""
    return (one.network, one.data) == (other.network, other.data) and all(
        getattr(one.training, name) == getattr(other.training, name) for name in _ALIKE
    )
