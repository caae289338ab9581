"""From a parameter's record to the widget that sets it, so that pages know no transform."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import streamlit as st

from core.augment.transforms.parameters import FILLS, ParameterRecord, Value
from core.errors import LabError

_WORDS = {
    "mean": "The data set's mean",
    "unscaled_mean": "The mean from 0 to 1",
    "black": "Black",
    "own": "A color",
    "reflect_101": "reflect (without the edge)",
    "reflect": "reflect (edge twice)",
    "replicate": "repeat the edge",
    "wrap": "wrap around",
    "constant": "one color",
}


def control(record: ParameterRecord, value: Value, key: str, label: str = "") -> Value:
    """Draw the widget for one parameter; what it is set to.

    `value` is what it shows first; later it keeps its own under `key`, over pages too. `label`
    stands for the record's. Raises LabError for numbers that the record refuses.
    """
    if label:
        record = replace(record, label=label)
    return _WIDGETS[record.kind](record, value, key)


def _help(record: ParameterRecord) -> str:
    return f"{record.help} In albumentations: `{record.name}`."


def _label(record: ParameterRecord) -> str:
    return f"{record.label} ({record.unit})" if record.unit else record.label


def _shown(record: ParameterRecord) -> dict[str, Any]:
    return {"help": _help(record), "persist_state": "session"}


def _format(step: float) -> str:
    text = f"{step:.6f}".rstrip("0").partition(".")[2]
    return f"%.{len(text)}f"


def _number(record: ParameterRecord, value: Value, key: str) -> Value:
    return st.slider(
        _label(record), float(record.minimum), float(record.maximum), cast(float, value),
        float(record.step), _format(record.step), key=key, **_shown(record),
    )  # fmt: skip


def _range(record: ParameterRecord, value: Value, key: str) -> Value:
    low, high = cast(tuple[float, float], value)
    return cast(
        tuple[float, float],
        st.slider(
            _label(record), float(record.minimum), float(record.maximum), (float(low), float(high)),
            float(record.step), _format(record.step), key=key, **_shown(record),
        ),
    )  # fmt: skip


def _whole(record: ParameterRecord, value: Value, key: str) -> Value:
    return st.slider(
        _label(record), int(record.minimum), int(record.maximum), cast(int, value),
        int(record.step), key=key, **_shown(record),
    )  # fmt: skip


def _whole_range(record: ParameterRecord, value: Value, key: str) -> Value:
    low, high = cast(tuple[int, int], value)
    return cast(
        tuple[int, int],
        st.slider(
            _label(record), int(record.minimum), int(record.maximum), (low, high),
            int(record.step), key=key, **_shown(record),
        ),
    )  # fmt: skip


def _size_range(record: ParameterRecord, value: Value, key: str) -> Value:
    low, high = cast(tuple[float, float], value)
    if high >= 1:
        return _whole_range(record, value, key)
    label, least, most = f"{record.label} (share of the side)", min(low, 0.01), max(high, 0.99)
    return st.slider(label, least, most, (low, high), 0.01, key=f"{key}_share", **_shown(record))


def _choice(record: ParameterRecord, value: Value, key: str) -> Value:
    return str(
        st.selectbox(
            _label(record), record.choices, record.choices.index(cast(str, value)), _word,
            key=key, **_shown(record),
        )
    )  # fmt: skip


def _switch(record: ParameterRecord, value: Value, key: str) -> Value:
    return bool(st.toggle(record.label, cast(bool, value), key=key, **_shown(record)))


def _word(name: str) -> str:
    return _WORDS.get(name, name.replace("_", " "))


def _fill(record: ParameterRecord, value: Value, key: str) -> Value:
    names = (*FILLS, "black", "own", *record.choices)
    first = (
        value if isinstance(value, str) else ("own" if any(cast(tuple[float], value)) else "black")
    )
    chosen = st.selectbox(
        _label(record), names, names.index(first), _word, key=key, **_shown(record)
    )
    if chosen == "black":
        return (0.0, 0.0, 0.0)
    if chosen != "own":
        return str(chosen)
    levels = value if isinstance(value, tuple) else (128.0, 128.0, 128.0)
    picked = st.color_picker(
        "Color", "#" + "".join(f"{_byte(x):02x}" for x in levels), key=f"{key}_color",
        persist_state="session",
    )  # fmt: skip
    shown = tuple(float(int(picked[place : place + 2], 16)) for place in (1, 3, 5))
    # a picker knows whole levels only: leave what it could not show alone
    same = all(_byte(x) == y for x, y in zip(levels, shown, strict=True))
    return cast(Value, levels if same else shown)


def _byte(level: float) -> int:
    return min(max(round(level), 0), 255)


def _channels(record: ParameterRecord, value: Value, key: str) -> Value:
    own = st.toggle(
        f"{record.label}: the data set's own", value == "data", key=key, **_shown(record)
    )
    if own:
        return "data"
    first = ", ".join(f"{x:g}" for x in value) if isinstance(value, tuple) else "0.5, 0.5, 0.5"
    text = st.text_input(
        f"{record.label} (red, green, blue)", first, key=f"{key}_three", persist_state="session"
    )
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise LabError(
            f"The {record.name} is {text[:40]!r}; write three numbers from "
            f"{record.bounds()} with commas between them."
        ) from None


_WIDGETS: dict[str, Callable[[ParameterRecord, Value, str], Value]] = {
    "probability": _number,
    "number": _number,
    "whole": _whole,
    "range": _range,
    "whole_range": _whole_range,
    "size_range": _size_range,
    "choice": _choice,
    "switch": _switch,
    "fill": _fill,
    "channels": _channels,
}
