"""Mistakes: whose mistakes are looked at, a run's or those of a weights file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.config.run_config import NetworkConfig
from core.data.sources import catalogue
from core.errors import LabError
from core.mistakes.forgetting import LearningHistory, TopPredictions
from core.networks import building
from core.predictions import Predictions
from core.runs import weights
from core.runs.store import Run
from lab import (
    cached_results,
    format,
    models,
    state,
)
from lab.layout import columns, page_link
from lab.models import Trained

if TYPE_CHECKING:
    from core.data.image_set import ImageSet

_MOST = 200  # runs in the menu: the newest
_WHICH = {"best": "Best epoch", "last": "Last epoch", "ema": "Averaged"}


@dataclass(frozen=True, eq=False)
class Subject:
    """Predictions, and the weights that they were made with.

    `predictions` are those of the weights; `answers` are what the page shows: the same, or those of
    another epoch, of which the class and the confidence were kept and no weights.
    """

    title: str
    predictions: Predictions
    answers: Predictions | TopPredictions
    weights_path: Path
    network: NetworkConfig
    history: LearningHistory | None = None
    run: Run | None = None

    @property
    def changed(self) -> float:
        """When the weights were written: a run that goes on writes them again."""
        return self.weights_path.stat().st_mtime

    @property
    def key(self) -> str:
        """What tells these weights apart from others, together with `changed`."""
        return str(self.weights_path)

    def check_explainable(self) -> None:
        """Raises LabError where there are no weights of this epoch, or they are a student's file's.

        A heat map would have to run that file unasked.
        """
        building.check_open(self.network.name)
        if self.answers is not self.predictions:
            raise LabError(
                f"There is no heat map of epoch {self.answers.epoch}: weights are kept of the best "
                f"and the last epoch only; move the epoch to {self.predictions.epoch}."
            )


def choose() -> Subject | None:
    """The menu; None, with words on what to do next, where there is nothing to look at yet."""
    runs = {run.name: run for run in state.runs()[:_MOST]}
    found = models.files()
    files = {each.key: each for each in found if _fits(each)}
    if not runs and not files:
        _nothing_yet(bool(found))
        return None
    names = [*runs, *files]
    left, middle, right = columns(6, 3, 4)
    wanted = state.from_url("run")
    first = wanted if wanted in names else next((n for n in runs if _has_epochs(runs[n])), names[0])
    name = left.selectbox(
        "Run",
        names,
        index=names.index(first),
        format_func=lambda name: _title(runs[name]) if name in runs else files[name].title,
        key="mistakes_run",
        persist_state="session",
        help="Whose mistakes to look at. Runs whose first epoch is not finished have none yet.",
    )
    state.to_url("run", name)
    if name in files:
        return _of_file(files[name].path)
    averaged = (runs[name].folder / "ema.safetensors").exists()
    which = middle.segmented_control(
        "Weights",
        [which for which in _WHICH if which != "ema" or averaged],
        default="best",
        format_func=_WHICH.__getitem__,
        key="mistakes_which_of_averaged" if averaged else "mistakes_which",
        required=True,
        persist_state="session",
        help="Of the epoch with the best accuracy, or of the last one"
        + (", or the average of the last steps' weights." if averaged else "."),
    )
    return _of_run(runs[name], which or "best", right)


def images_of(predictions: Predictions | TopPredictions) -> "ImageSet":
    """The images that were predicted, loaded where nothing after them moves when the bar goes.

    Else the browser builds all that follows anew, and the page jumps under the reader.
    """
    with st.container():
        return state.image_set(catalogue.check_open(predictions.data))


def _of_run(run: Run, which: str, place: DeltaGenerator) -> Subject | None:
    status = run.status
    if run.config.training.hold_out or which == "ema":
        return _of_weights(run, which)
    predictions = run.predictions(which)
    if predictions is None:
        _none_of(run)
        return None
    if status.alive:
        note, button = columns(7, 3)
        note.caption(f"After epoch {predictions.epoch}; training goes on.")
        button.button("Show the newest epoch", icon=":material/refresh:", key="mistakes_refresh")
    history = cached_results.history(run.name, predictions.epoch, len(predictions.labels))
    answers: Predictions | TopPredictions = predictions
    epoch = _epoch(history, predictions.epoch, f"mistakes_epoch_{run.name}_{which}", place)
    if epoch != predictions.epoch:
        answers = history.after(epoch, predictions)
        for other in ("best", "last"):
            kept = run.predictions(other)
            if kept is not None and kept.epoch == epoch:
                which, answers, predictions = other, kept, kept
    title = f"{run.config.network.name}, epoch {answers.epoch}"
    path = run.weights_path(which)
    return Subject(title, predictions, answers, path, run.config.network, history, run)


def _of_weights(run: Run, which: str) -> Subject | None:
    """Weights of which the run keeps no predictions: the test images are asked now.

    Of a run that was judged by training images that is no figure of the run.
    """
    path = run.folder / f"{which}.safetensors"
    if not path.exists():
        _none_of(run)
        return None
    predictions = _predictions_of(path, catalogue.check_open(run.config.data))
    if run.config.training.hold_out:
        st.caption(
            f"This run held {run.config.training.hold_out:,} training images out and was judged by "
            "them alone. Below is what its weights say of the test images: choose no settings by "
            "it."
        )
    averaged = ", averaged weights" if which == "ema" else ""
    title = f"{run.config.network.name}, epoch {predictions.epoch}{averaged}"
    return Subject(title, predictions, predictions, path, run.config.network, run=run)


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


def _epoch(history: LearningHistory, shown: int, key: str, place: DeltaGenerator) -> int:
    """The slider over the epochs; `shown` at first, and where there is nothing to choose from."""
    if len(history.epochs) < 2 or shown not in history.epochs:
        return shown
    return int(
        place.select_slider(
            "Epoch",
            history.epochs,
            shown,
            key=key,
            persist_state="session",
            help="What the network said after this epoch: all of this page follows.",
        )
    )


def _of_file(path: Path) -> Subject:
    about = weights.about(path)
    building.check_open(about.network.name)
    predictions = _predictions_of(path, state.data_source())
    title = f"{about.network.name} ({path.name})"
    return Subject(title, predictions, predictions, path, about.network)


def _predictions_of(path: Path, source: str) -> Predictions:
    """Made now, with a progress bar, or kept from before."""
    place = st.empty()

    def progress(fraction: float, message: str) -> None:
        place.progress(fraction, text=message)

    predictions = cached_results.predictions_of(str(path), path.stat().st_mtime, source, progress)
    place.empty()
    return predictions


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
        return f"{format.run_title(run.name)} · unreadable"
    if not rows:
        return f"{format.run_title(run.name)} · {data} · no predictions yet"
    best = max(row["test_accuracy"] for row in rows)
    held_out = " held out" if run.config.training.hold_out else ""
    return f"{format.run_title(run.name)} · {data} · {best:.1f}%{held_out}"


def _nothing_yet(other_weights: bool) -> None:
    st.info(
        "**No mistakes yet: nothing has been trained.** Start a run on the Train page. Even one "
        "epoch is enough: its wrong answers show up here, with heat maps over them."
        + (
            " Or choose CIFAR-10 under Images at the left: the lab comes with weights for it."
            if other_weights
            else ""
        ),
        icon=":material/search:",
    )
    page_link("train", "Go to Train")
