"""Mistakes: the menu of runs and weights files, and of the epochs of a run."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.sources import catalogue
from core.errors import LabError
from core.mistakes.forgetting import TopPredictions
from core.networks import building
from core.predictions import Predictions
from core.runs.model_ref import ModelRef
from core.runs.store import Run
from lab import address, cached_results, format, models, state
from lab.layout import columns, page_link, progress_bar
from lab.mistakes import epoch_choice
from lab.mistakes.epoch_choice import WEIGHTS
from lab.mistakes.evaluated_model import EvaluatedModel
from lab.models import Trained

_MAX_RUNS = 200  # in the menu: the newest


def choose() -> EvaluatedModel | None:
    """The menu; None, with words on what to do next, where there is nothing to look at yet."""
    runs = {run.name: run for run in state.runs()[:_MAX_RUNS]}
    found = models.files()
    files = {each.key: each for each in found if _fits(each)}
    if not runs and not files:
        _nothing_yet(bool(found))
        return None
    names = [*runs, *files]
    left, right = columns(5, 6)
    linked = address.is_link("run", "mistakes_run")
    name = address.choose(
        left.selectbox,
        "Model",
        names,
        name="run",
        key="mistakes_run",
        default=next((name for name in runs if _has_epochs(runs[name])), names[0]),
        always=True,
        format_func=lambda name: _title(runs[name]) if name in runs else files[name].title,
        help="Whose mistakes to look at: a run, or weights that come with the lab. A run has none "
        "before its first epoch is finished.",
    )
    if not linked and state.recall("mistakes_shown_run") not in (None, name):
        state.to_url("epoch", None)  # it was the other run's
    state.remember("mistakes_shown_run", name)
    if name in files:
        return _of_file(files[name].ref)
    return _of_run(runs[name], right)


def _of_run(run: Run, place: DeltaGenerator) -> EvaluatedModel | None:
    stored = {
        which: made
        for which in ("best", "last")
        if (made := cached_results.stored_predictions(run, which)) is not None
    }
    averaged = (run.folder / "ema.safetensors").exists()
    if run.config.training.hold_out or not stored:
        with place:
            which = epoch_choice.weights_of(run.name, averaged=averaged)
        return _of_weights(run, which)
    last = stored.get("last", next(iter(stored.values())))
    history = cached_results.history(run.name, last.epoch, len(last.labels), len(last.class_names))
    epochs = {which: made.epoch for which, made in stored.items()}
    if run.status.alive:
        note, button = columns(7, 3)
        note.caption(f"After epoch {last.epoch}; training goes on.")
        button.button("Show the newest epoch", icon=":material/refresh:", key="mistakes_refresh")
    with place:
        chosen = epoch_choice.epoch_of(run.name, epochs, history.epochs, averaged=averaged)
    if chosen == "ema":
        return _of_weights(run, "ema")
    which = chosen if isinstance(chosen, str) else "last"
    predictions = stored.get(which, last)
    shown: Predictions | TopPredictions = predictions
    if isinstance(chosen, int):
        shown = history.after(chosen, predictions)
    title = f"{run.config.network.name}, epoch {shown.epoch}"
    return EvaluatedModel(title, predictions, shown, ModelRef.of_run(run, which), history)


def _of_weights(run: Run, which: str) -> EvaluatedModel | None:
    """Weights without stored predictions: those of the test images are computed now.

    Of a run that was evaluated on training images that is no figure of the run.
    """
    if not (run.folder / f"{which}.safetensors").exists():
        _none_of(run)
        return None
    ref = ModelRef.of_run(run, which)
    predictions = _predictions_of(ref, catalogue.check_open(run.config.data))
    if run.config.training.hold_out:
        st.caption(
            f"This run held {run.config.training.hold_out:,} training images out and was evaluated "
            "on them alone. Below are its predictions for the test images: choose no settings by "
            "them."
        )
    averaged = f", {WEIGHTS['ema']}" if which == "ema" else ""
    title = f"{run.config.network.name}, epoch {predictions.epoch}{averaged}"
    return EvaluatedModel(title, predictions, predictions, ref)


def _none_of(run: Run) -> None:
    status = run.status
    st.info(
        f"This run has no predictions yet ({format.state(status).lower()}): they are made after "
        "every epoch. "
        + (
            "Wait for its first one, or choose another run."
            if status.alive
            else "Choose another run."
        ),
        icon=":material/hourglass_empty:",
    )
    page_link("train", "Go to Train")


def _of_file(ref: ModelRef) -> EvaluatedModel:
    building.check_open(ref.network.name)
    predictions = _predictions_of(ref, state.data_source())
    title = f"{ref.network.name} ({ref.path.name})"
    return EvaluatedModel(title, predictions, predictions, ref)


def _predictions_of(ref: ModelRef, source: str) -> Predictions:
    """Made now, with a progress bar, or from memory."""
    with progress_bar() as progress:
        return cached_results.predictions_of(ref, source, progress)


def _fits(each: Trained) -> bool:
    """Whether the file knows the classes of the images in use; one that is damaged is offered and
    says so when it is chosen."""
    images = state.image_set(state.data_source())
    return each.about is None or each.about.class_names == images.class_names


def _has_epochs(run: Run) -> bool:
    return bool(state.follower(run).rows("epochs"))


def _title(run: Run) -> str:
    rows = state.follower(run).rows("epochs")
    try:
        data = run.status.started.data_title or Path(run.config.data).name
    except LabError:
        return f"{format.run_title(run)} · unreadable"
    if not rows:
        return f"{format.run_title(run)} · {data} · no predictions yet"
    best = max(row["test_accuracy"] for row in rows)
    held_out = " held out" if run.config.training.hold_out else ""
    return f"{format.run_title(run)} · {data} · {best:.1f}%{held_out}"


def _nothing_yet(other_weights: bool) -> None:
    st.info(
        "**No mistakes yet: nothing has been trained.** Start a run on the Train page. One epoch "
        "is enough: its misclassified images show up here, with heat maps over them."
        + (
            " Or choose CIFAR-10 under Images at the left: the lab comes with weights for it."
            if other_weights
            else ""
        ),
        icon=":material/search:",
    )
    page_link("train", "Go to Train")
