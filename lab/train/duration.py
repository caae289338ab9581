"""How long a run will take here, said before it begins."""

import streamlit as st

from core.config.run_config import RunConfig
from lab import format, state

_ALIKE = ("batch_size", "device", "precision", "compile", "engine", "initial_image_size",
          "replicas")  # fmt: skip


def show(config: RunConfig) -> None:
    """A line below the button, where it is known."""
    seconds = from_earlier_runs(config)
    if seconds is not None:
        st.caption(f"About {format.duration(seconds)}, going by an earlier run like it here.")


def from_earlier_runs(config: RunConfig) -> float | None:
    """Seconds, from the epochs of the newest run like it on this machine; None without one."""
    for run in state.runs()[:50]:
        rows = [row for row in state.follower(run).rows("epochs") if "seconds" in row]
        if rows and _alike(run.config, config):
            spent: list[float] = [row["seconds"] + row.get("test_seconds", 0.0) for row in rows]
            return config.training.epochs * sum(spent) / len(spent)
    return None


def _alike(one: RunConfig, other: RunConfig) -> bool:
    """Whether an epoch of both costs about the same."""
    return (one.network, one.data) == (other.network, other.data) and all(
        getattr(one.training, name) == getattr(other.training, name) for name in _ALIKE
    )
