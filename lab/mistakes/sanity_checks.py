"""Mistakes: is a heat map reliable? Beside it an untrained copy's map and a random one."""

import math

import streamlit as st

from core.data.sources import catalogue
from core.mistakes.cam import overlay
from core.mistakes.cam.layers import default_layer
from core.mistakes.cam.methods import DEFAULT, METHODS
from core.mistakes.cam.sanity_checks import SanityChecks, ScoredMap
from lab import cached_results, state
from lab.images import sheets
from lab.layout import progress_bar
from lab.mistakes.evaluated_model import EvaluatedModel

_SIZE = 320


def show(model: EvaluatedModel, pixels: sheets.Pixels, index: int) -> None:
    """The three maps with their scores, and what follows from them."""
    model.check_explainable()
    predictions = model.predictions
    predicted = int(predictions.predicted[index])
    method = state.recall("mistakes_method", DEFAULT)
    layers = {each.name for each in cached_results.heat_layers(model.ref)}
    chosen = state.recall(f"mistakes_layer_{model.ref.network.name}", "")
    with progress_bar() as progress:
        made = cached_results.sanity_checks(
            model.ref,
            catalogue.check_open(predictions.data),
            index,
            predicted,
            method,
            chosen if chosen in layers else _default(model),
            progress,
        )
    st.markdown(
        f"{METHODS[method].label} for **{predictions.class_names[predicted]}** (predicted class). "
        + in_words(made)
    )
    maps = {
        "The trained network": made.trained,
        "An untrained copy": made.untrained,
        "A random map": made.random,
    }
    for column, (words, scored) in zip(st.columns(3, gap="small"), maps.items(), strict=True):
        with column:
            _one(words, scored, pixels)
    low, high = min(made.random_scores), max(made.random_scores)
    st.caption(
        "ROAD: the places that a map calls important are blurred away, then those it calls "
        "unimportant; half of how much more the first costs the trained network's confidence. 0 is "
        f"no better than chance; {len(made.random_scores)} random maps got {100 * low:+.1f} to "
        f"{100 * high:+.1f} points here. Rong et al. 2022, arXiv:2202.00449; the untrained copy: "
        "Adebayo et al. 2018, arXiv:1810.03292. Method and layer are those of the Heat map tab."
    )


def _default(model: EvaluatedModel) -> str:
    return default_layer(cached_results.heat_layers(model.ref)).name


def _one(words: str, scored: ScoredMap, pixels: sheets.Pixels) -> None:
    large = sheets.enlarged(pixels, _SIZE)
    mixed = overlay.overlay(large[None], overlay.smooth(scored.heat, _SIZE)[None], 0.55)[0]
    st.markdown(f"**{words}**")
    st.image(sheets.png(mixed), width="stretch")
    st.metric("ROAD", f"{round(100 * scored.road, 1) + 0.0:+.1f} points")
    if not scored.grid.any():
        st.caption("The map is empty.")


def in_words(made: SanityChecks) -> str:
    """A sentence on whether this map says more than chance, and more than the picture itself."""
    if not made.trained.grid.any():
        return "The map is empty: there is nothing to check."
    beaten = sum(made.trained.road > score for score in made.random_scores)
    if beaten == len(made.random_scores):
        words = "It beats every random map: the places it shows do matter to the network."
    elif made.trained.road > sum(made.random_scores) / len(made.random_scores):
        words = f"It beats {beaten} of {len(made.random_scores)} random maps: weak evidence."
    else:
        words = "It does no better than random maps: it is not reliable."
    if not math.isnan(made.correlation) and made.correlation > 0.7:
        words += (
            " But an untrained copy gives nearly the same map (correlation "
            f"{made.correlation:.2f}): much of it is the image, not what was learned."
        )
    return words
