"""What the Mistakes page shows: a trained network and what it predicts for the test images."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.data.sources import catalogue
from core.mistakes.forgetting import LearningHistory, TopPredictions
from core.networks import building
from core.predictions import Predictions
from core.runs.model_ref import ModelRef
from core.runs.store import Run
from lab import state

if TYPE_CHECKING:
    from core.data.image_set import ImageSet


@dataclass(frozen=True, eq=False)
class EvaluatedModel:
    """A trained network and its predictions for the test images.

    `predictions` are those of the weights; `shown` are what the page shows: the same, or those of
    an epoch of which the predicted classes were stored and no weights.
    """

    title: str
    predictions: Predictions
    shown: Predictions | TopPredictions
    ref: ModelRef
    history: LearningHistory | None = None

    @property
    def run(self) -> Run | None:
        """The run that the weights are of; None for a weights file."""
        return self.ref.run

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
        building.check_open(self.ref.network.name)


def images_of(predictions: Predictions | TopPredictions) -> "ImageSet":
    """The images that were predicted, loaded where nothing after them moves when the bar goes.

    Else the browser builds all that follows anew, and the page jumps under the reader.
    """
    with st.container():
        return state.image_set(catalogue.check_open(predictions.data))
