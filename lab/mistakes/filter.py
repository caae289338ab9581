"""Mistakes: which images the gallery shows. The matrix sets it, the menus show and change it."""

import zlib
from dataclasses import dataclass

import streamlit as st

from core.mistakes.selection import ORDERS, OUTCOMES
from lab import state

ANY = "any"


@dataclass(frozen=True)
class Filter:
    """Class indices or None for any; names in OUTCOMES and ORDERS; confidence from and to."""

    answers: str
    true: int | None
    predicted: int | None
    order: str
    confidence: tuple[float, float] = (0.0, 1.0)


def chosen(names: tuple[str, ...]) -> tuple[int | None, int | None]:
    """The true and the predicted class that are asked for, as the last run of the page had them."""
    true, said = (state.recall(_key(which, names), ANY) for which in ("true", "predicted"))
    return _index(names, true), _index(names, said)


def set_to(names: tuple[str, ...], true: int | None, predicted: int | None) -> None:
    """Ask for these classes; right answers where they are the same one, else wrong ones."""
    same = true is not None and true == predicted
    state.remember("mistakes_answers", "right" if same else "wrong")
    for which, index in (("true", true), ("predicted", predicted)):
        state.remember(_key(which, names), ANY if index is None else names[index])


def controls(names: tuple[str, ...], *, whole: bool = True) -> Filter:
    """The menus in one row, and what they say; `whole` is whether all probabilities are there."""
    answers, true, said, sure, order = st.columns(
        [2.4, 2, 2, 2, 2], gap="small", vertical_alignment="bottom"
    )
    if state.recall("mistakes_answers") is None:  # not `default=`, for a click may have set it
        state.remember("mistakes_answers", "wrong")
    kind = answers.segmented_control(
        "Answers",
        OUTCOMES.names(),
        format_func=OUTCOMES.__getitem__,
        key="page_mistakes_answers",
        required=True,
        persist_state="session",
    )
    classes = [ANY, *names]
    is_class = true.selectbox(
        "Is",
        classes,
        format_func=_class_title,
        key=f"page_{_key('true', names)}",
        persist_state="session",
    )
    said_class = said.selectbox(
        "Taken for",
        classes,
        format_func=_class_title,
        key=f"page_{_key('predicted', names)}",
        persist_state="session",
    )
    low, high = sure.slider(
        "Confidence (%)", 0, 100, (0, 100), 5, key="page_mistakes_sure", persist_state="session"
    )
    orders = [name for name, record in ORDERS.items() if whole or not record.needs_all]
    by = order.selectbox(
        "Order",
        orders,
        format_func=lambda name: ORDERS[name].label,
        key="page_mistakes_order" if whole else "page_mistakes_order_short",
        persist_state="session",
        help="\n".join(f"- {record.label}: {record.help}" for _, record in ORDERS.items()),
    )
    return Filter(
        kind or "wrong",
        _index(names, is_class),
        _index(names, said_class),
        by,
        (low / 100, high / 100),
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
    """`cat taken for dog`; empty where any class will do."""
    true = None if wanted.true is None else names[wanted.true]
    said = None if wanted.predicted is None else names[wanted.predicted]
    if true and said:
        return f"{true} recognized" if true == said else f"{true} taken for {said}"
    if true:
        return f"is {true}"
    return f"taken for {said}" if said else ""


def _class_title(name: str) -> str:
    return "Any class" if name == ANY else name


def _index(names: tuple[str, ...], name: str) -> int | None:
    return names.index(name) if name in names else None


def _key(which: str, names: tuple[str, ...]) -> str:
    """One memory for each list of classes: one data set's filter is not another's."""
    return f"mistakes_{which}_{zlib.crc32(repr(names).encode()):08x}"
