"""Mistakes: which images the gallery shows. The matrix sets it, the menus show and change it."""

import zlib
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.mistakes.selection import ORDERS, OUTCOMES
from lab import address, state

ANY = "any"
_OUTCOME = "mistakes_outcome"


@dataclass(frozen=True)
class Filter:
    """Class indices or None for any; names in OUTCOMES and ORDERS; confidence from and to."""

    outcome: str
    true: int | None
    predicted: int | None
    order: str
    confidence: tuple[float, float] = (0.0, 1.0)


def chosen(names: tuple[str, ...]) -> tuple[int | None, int | None]:
    """The chosen true and predicted class, as the last run of the page had them."""
    true, predicted = (state.recall(_key(which, names), ANY) for which in ("true", "predicted"))
    return _index(names, true), _index(names, predicted)


def set_to(names: tuple[str, ...], true: int | None, predicted: int | None) -> None:
    """Choose these classes; correct predictions where they are the same one, else wrong ones."""
    same = true is not None and true == predicted
    state.remember(_OUTCOME, "right" if same else "wrong")
    for which, index in (("true", true), ("predicted", predicted)):
        state.remember(_key(which, names), ANY if index is None else names[index])


def controls(
    place: DeltaGenerator, more: DeltaGenerator, names: tuple[str, ...], *, whole: bool
) -> Filter:
    """Outcome and classes in `place`, confidence and order in `more`.

    `whole` is whether all probabilities are there.
    """
    with place:
        left, middle, right = st.columns([2.4, 2, 2], gap="small", vertical_alignment="bottom")
    outcome = address.choose(
        left.segmented_control,
        "Predictions",
        OUTCOMES.names(),
        name="outcome",
        key=f"page_{_OUTCOME}",
        default="wrong",
        format_func=OUTCOMES.__getitem__,
        required=True,
    )
    true, predicted = (
        address.choose(
            column.selectbox,
            f"{which.capitalize()} class",
            [ANY, *names],
            name=which,
            key=f"page_{_key(which, names)}",
            default=ANY,
            format_func=_class_title,
        )
        for column, which in ((middle, "true"), (right, "predicted"))
    )
    with more:
        order = _order(whole)
        low, high = st.slider(
            "Confidence (%)", 0, 100, (0, 100), 5, key="mistakes_confidence",
            persist_state="session",
        )  # fmt: skip
    return Filter(
        outcome, _index(names, true), _index(names, predicted), order, (low / 100, high / 100)
    )


def _order(whole: bool) -> str:
    orders = [name for name, record in ORDERS.items() if whole or not record.needs_all]
    return address.choose(
        st.selectbox,
        "Order",
        orders,
        name="order",
        key="mistakes_order" if whole else "mistakes_order_short",
        default=orders[0],
        format_func=lambda name: ORDERS[name].label,
        help="\n".join(f"- {record.label}: {record.help}" for _, record in ORDERS.items()),
    )


def chip(wanted: Filter, names: tuple[str, ...]) -> None:
    """What is asked for, as a button that takes it back."""
    words = in_words(wanted, names)
    if words:
        st.button(
            words,
            icon=":material/close:",
            key="mistakes_chip",
            help="Show all classes again",
            on_click=set_to,
            args=(names, None, None),
        )


def in_words(wanted: Filter, names: tuple[str, ...]) -> str:
    """`cat predicted as dog`; empty where any class will do."""
    true = None if wanted.true is None else names[wanted.true]
    predicted = None if wanted.predicted is None else names[wanted.predicted]
    if true and predicted:
        return f"{true} predicted as {predicted}"
    if true:
        return f"true class {true}"
    return f"predicted class {predicted}" if predicted else ""


def _class_title(name: str) -> str:
    return "Any class" if name == ANY else name


def _index(names: tuple[str, ...], name: str) -> int | None:
    return names.index(name) if name in names else None


def _key(which: str, names: tuple[str, ...]) -> str:
    """One memory for each list of classes: one data set's filter is not another's."""
    return f"mistakes_{which}_{zlib.crc32(repr(names).encode()):08x}"
