"""Train: the learning-rate range test, from its button to the suggestion."""

import streamlit as st

from core.config.run_config import RunConfig
from core.optim.optimizers import OPTIMIZERS
from lab import errors, state
from lab.charts import learning_rate
from lab.components.chart import chart
from lab.jobs.range_tests import Trial
from lab.train import settings

POLL_SECONDS = 0.5
HELP = (
    "Trains the network on a few batches while the learning rate grows from 0.0001 to 10 and "
    "watches the loss. A good rate lies where it falls steeply; where it climbs, training would "
    "fail. Nothing of it is kept but the plot. (Smith, 2017)"
)


def show(config: RunConfig) -> None:
    """The button, and below it the test that this session asked for last."""
    trial: Trial | None = state.recall("range_test")
    if trial is not None and trial.alive:
        st.fragment(_working, run_every=POLL_SECONDS)()
        return
    busy = bool(state.runner().busy())
    if st.button(
        "Find a learning rate",
        icon=":material/query_stats:",
        key="range_test",
        width="stretch",
        disabled=busy,
        help="A run is in training; the test would slow it and be slowed. Wait for its end."
        if busy
        else HELP,
    ):
        with errors.shown():
            state.forecasts().make_way()
            state.remember("range_test", state.range_tests().start(config))
            st.rerun()
    if trial is not None:
        _outcome(trial)


def _working() -> None:
    trial: Trial | None = state.recall("range_test")
    if trial is None or not trial.alive:
        st.rerun()
    st.progress(
        trial.progress,
        text=f"Trying rate {trial.rates[-1]:.2g}" if trial.rates else "Preparing the test",
    )
    if st.button("Cancel", icon=":material/close:", key="range_cancel"):
        trial.cancel()
        trial.join(2.0)
        st.rerun()
    _plot(trial)


def _outcome(trial: Trial) -> None:
    if trial.problem:
        st.caption(trial.problem)
    _plot(trial)
    if trial.result is None:
        return
    training = trial.config.training
    rate = trial.result.suggestion
    about = (
        f"Of {trial.config.network.name} with {OPTIMIZERS[training.optimizer].label}, batches of "
        f"{training.batch_size}"
    )
    if rate is None:
        st.caption(f"{about}: the loss never fell, so there is nothing to suggest.")
        return
    st.button(
        f"Use {rate:.2g}",
        icon=":material/input:",
        key="range_use",
        width="stretch",
        on_click=settings.take_over,
        args=(training.optimizer, float(f"{rate:.2g}")),
    )
    st.caption(
        f"{about}. The dotted line is a tenth of the rate at which the loss was lowest: a "
        "suggestion, not a law. One cycle bears more."
    )


def _plot(trial: Trial) -> None:
    if len(trial.rates) > 1:
        found = trial.result.suggestion if trial.result else None
        chart(learning_rate.range_test(trial.rates, trial.losses, found), "range_chart")
