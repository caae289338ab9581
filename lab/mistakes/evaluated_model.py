"""What the Mistakes page looks at: a trained network and what it predicts for the test images."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.config.run_config import NetworkConfig
from core.data.sources import catalogue
from core.mistakes.forgetting import LearningHistory, TopPredictions
from core.networks import building
from core.predictions import Predictions
from core.runs.store import Run
from lab import state

if TYPE_CHECKING:
    from core.data.image_set import ImageSet


@dataclass(frozen=True, eq=False)
class EvaluatedModel:
    """Predictions, and the weights that they were made with.

    `predictions` are those of the weights; `shown` are what the page shows: the same, or those of
    an epoch of which the predicted classes were stored and no weights.
    """

    title: str
    predictions: Predictions
    shown: Predictions | TopPredictions
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

    @property
    def without_weights(self) -> str:
        """Why there is no heat map of what is shown, in words; "" where there is one."""
        if self.shown is self.predictions:
            return ""
        return (
            f"Heat maps need the network's weights. Of epoch {self.shown.epoch} only the predicted "
            "classes are stored: choose the best or the last epoch above."
        )

    def check_explainable(self) -> None:
        """Raises LabError for a student's file, which a heat map would have to run unasked."""
        building.check_open(self.network.name)


def images_of(predictions: Predictions | TopPredictions) -> "ImageSet":
    """The images that were predicted, loaded where nothing after them moves when the bar goes.

    Else the browser builds all that follows anew, and the page jumps under the reader.
    """
    with st.container():
        return state.image_set(catalogue.check_open(predictions.data))
