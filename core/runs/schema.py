"""What the files of a run folder may hold: whoever reads one has it checked here, once.

The models are the dataclasses that are written there; pydantic compares what was read with their
fields. A value of another kind is refused, a missing one takes the field's default, and names that
a newer version may have added are passed over.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from core.events import EpochMetrics, Stepped

T = TypeVar("T")
MAX_COUNT = 2**53  # of anything: the largest whole number that JSON's readers agree on
MAX_SECONDS = 1e11  # since 1970: the year 5138, which dates can be made of
MAX_EPOCHS = 1000  # of a configuration
MAX_TEXT = 20_000  # characters of one value


_LATER = {"learning_rate", "gradient_norm", "images_per_second"}  # old rows lack them: so do ours


@dataclass(frozen=True)
class StepRow(Stepped):
    """One line of steps.jsonl; `time` is when it was written, in seconds since 1970."""

    time: float = 0.0


@dataclass(frozen=True)
class EpochRow(EpochMetrics):
    """One line of epochs.jsonl; `time` is when it was written, in seconds since 1970."""

    time: float = 0.0


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}  # it takes milliseconds to make one


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def row(kind: type[StepRow] | type[EpochRow], line: bytes) -> dict[str, Any]:
    """One line as names and values, those that are missing by default; ValueError if damaged.

    Metrics that were added to the training loop's own are among them.
    """
    plain = from_json(line)
    if not isinstance(plain, dict):
        raise ValueError("it is no table of names and values")
    absent = dict.fromkeys(_LATER - plain.keys(), 0.0)
    content = to_json(plain | absent, inf_nan_mode="constants")
    found = _adapter(kind).validate_json(content, strict=True)
    _check(found)
    if not 1 <= found.epoch <= MAX_EPOCHS or (isinstance(found, StepRow) and found.step < 1):
        raise ValueError("epochs and steps count from 1, and epochs up to 1,000")
    figures = {name: value for name, value in plain.items() if _is_finite(value)}
    known = {name: value for name, value in vars(found).items() if name not in absent}
    known.pop("added", None)  # those metrics lie among the others
    return {**figures, **known}


def made(kind: type[T], plain: object) -> T:
    """A `kind`, a dataclass, of what a JSON file held; ValueError where that does not fit."""
    found: T = _adapter(kind).validate_json(to_json(plain), strict=True)
    _check(found)
    return found


def _check(value: object, name: str = "") -> None:
    """What types do not say: counts and times are not below 0, and nothing is beyond all bounds."""
    if is_dataclass(value):
        for entry in fields(value):
            _check(getattr(value, entry.name), entry.name)
    elif isinstance(value, tuple):
        for part in value:
            _check(part, name)
    elif isinstance(value, Mapping):
        _check((*value.keys(), *value.values()), name)
    elif isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise ValueError(f"{name} has {len(value):,} characters")
    elif isinstance(value, int | float) and not _fits(value, name):
        raise ValueError(f"{name} is {value}")


def _is_finite(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < MAX_COUNT  # type: ignore[arg-type]


def _fits(value: float, name: str) -> bool:
    if name == "gradient_norm":  # may overflow in a step that is sound otherwise
        return True
    if name.endswith("accuracy"):
        return 0 <= value <= 100
    if name == "fraction":
        return 0 <= value <= 1
    if name.endswith("loss"):
        return math.isfinite(value)
    return 0 <= value <= (MAX_COUNT if isinstance(value, int) else MAX_SECONDS)
