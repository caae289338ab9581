"""Mistakes: which epoch of a run is shown. Buttons and slider say the same at any moment."""

from collections.abc import Mapping, Sequence

import streamlit as st

from lab import state
from lab.layout import columns

WEIGHTS = {"best": "Best epoch", "last": "Last epoch", "ema": "EMA weights"}
_BUTTONS = "mistakes_which"
_PARAMETER = "epoch"  # of the address: best (left out), last, ema or a number


def epoch_of(
    run: str, stored: Mapping[str, int], epochs: Sequence[int], *, averaged: bool
) -> str | int:
    """`best`, `last` or `ema`, of which there are weights, or the number of another epoch.

    `stored` are the epochs of the weights by best and last, `epochs` those whose predicted classes
    are stored.
    """
    options = [which for which in WEIGHTS if which in stored or (which == "ema" and averaged)]
    chosen = _asked(run, {**dict.fromkeys(options, 0), **{str(each): each for each in epochs}})
    if isinstance(chosen, int):
        chosen = next((which for which, epoch in stored.items() if epoch == chosen), chosen)
        if chosen not in (*options, *epochs):
            chosen = options[0]
    elif chosen not in options:
        chosen = options[0]
    left, right = columns(1, 1)
    _buttons(left, run, options, chosen)
    if len(epochs) > 1 and chosen != "ema":
        key = f"mistakes_epoch_{run}"
        at = chosen if isinstance(chosen, int) else stored[chosen]
        if at in epochs:
            state.fill({key: at})
            right.select_slider(
                "Epoch",
                epochs,
                key=key,
                on_change=_slid,
                args=(run, key),
                help="The predictions after this epoch: all of this page follows.",
            )
    state.to_url(_PARAMETER, None if chosen == options[0] else str(chosen))
    state.remember(f"mistakes_address_{run}", None if chosen == options[0] else str(chosen))
    return chosen


def weights_of(run: str, *, averaged: bool) -> str:
    """`best`, `last` or `ema` of a run without stored predictions."""
    options = [which for which in WEIGHTS if which != "ema" or averaged]
    chosen = _asked(run, dict.fromkeys(options, 0))
    shown = chosen if chosen in options else "best"
    _buttons(st.container(), run, options, shown)
    state.to_url(_PARAMETER, None if shown == "best" else str(shown))
    state.remember(f"mistakes_address_{run}", None if shown == "best" else str(shown))
    return str(shown)


def _buttons(
    place: "st.delta_generator.DeltaGenerator", run: str, options: list[str], chosen: str | int
) -> None:
    state.fill({_BUTTONS: chosen if chosen in options else None})
    place.segmented_control(
        "Weights",
        options,
        format_func=WEIGHTS.__getitem__,
        key=_BUTTONS,
        on_change=_pressed,
        args=(run,),
        help="Of the epoch with the best test accuracy, of the last one, or the moving average "
        "(EMA) of the weights. Heat maps need weights; other epochs have predictions alone.",
    )


def _asked(run: str, known: Mapping[str, int]) -> str | int:
    """What the address says, if that came from outside; else what was chosen last; else best."""
    written = state.from_url(_PARAMETER) or ""
    if written in known and written != state.recall(f"mistakes_address_{run}"):
        state.remember(f"mistakes_shown_{run}", known[written] or written)
    chosen: str | int = state.recall(f"mistakes_shown_{run}", "best")
    return chosen


def _pressed(run: str) -> None:
    pressed = state.just_set(_BUTTONS)
    if pressed is not None:  # pressed again, it stays
        state.remember(f"mistakes_shown_{run}", pressed)


def _slid(run: str, key: str) -> None:
    state.remember(f"mistakes_shown_{run}", state.just_set(key))
