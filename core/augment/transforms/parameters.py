"""What a parameter of a transform may be: its kind, its range, and the check of a value.

The records here are what pages draw controls from and what a policy is checked against, so both
always agree. Nothing heavy is imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.augment.types import RGB
from core.errors import LabError, quoted

_MAX_NUMBER = 1e12  # more than any parameter may be
IMAGE_SIZE = 32  # pixels a side; every image of the lab has this size

Value = bool | int | float | str | tuple[float, ...] | tuple[int, ...]
Kind = Literal[
    "probability",  # a number from 0 to 1
    "number",  # a real number
    "whole",  # a whole number
    "range",  # (lowest, highest) of a real number that is drawn
    "whole_range",  # (lowest, highest) of a whole number that is drawn
    "size_range",  # whole pixels, or shares of the image's side if both are under 1
    "choice",  # one of `choices`
    "switch",  # yes or no
    "fill",  # a color: a name in FILLS, one number, or three (red, green, blue)
    "channels",  # "data" (the data set's own) or three numbers
]

# Colors that are known only once the data set is; see `resolve_fill`.
FILLS: Mapping[str, str] = {
    "mean": "the data set's mean, in pixel values (mean x 255)",
    "unscaled_mean": "the data set's mean as a share from 0 to 1, not scaled to pixel values",
}


@dataclass(frozen=True)
class ParameterRecord:
    """One parameter of a transform.

    `name` is the argument's name in albumentations 2. `minimum` to `maximum` bounds each number of
    the value and `step` is a slider's step, all in `unit`. Where albumentations takes one number x
    for a range, it stands for (center - x, center + x), or, if `fixed`, for (x, x).
    """

    name: str
    label: str
    help: str
    kind: Kind
    default: Value
    minimum: float = 0.0
    maximum: float = 1.0
    step: float = 0.01
    unit: str = ""
    choices: tuple[str, ...] = ()
    center: float | None = None
    fixed: bool = False

    def checked(self, owner: str, value: object) -> Value:
        """`value` in the one form that a policy stores.

        `owner` is the transform's name, for the message.
        Raises LabError, naming the field and the valid range.
        """
        return _CHECKS[self.kind](self, owner, value)

    def allowed(self) -> str:
        """What a value may be, in words."""
        if self.kind in ("choice", "fill"):
            names = (*FILLS, *self.choices) if self.kind == "fill" else self.choices
            return f"One of {', '.join(names)}" + (" or RGB" if self.kind == "fill" else "")
        shares = ", or shares of the side under 1" if self.kind == "size_range" else ""
        return "True or false" if self.kind == "switch" else f"From {self.bounds()}{shares}"

    def bounds(self) -> str:
        """The valid range in words."""
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.minimum:g} to {self.maximum:g}{unit}"


def _refuse(record: ParameterRecord, owner: str, value: object, allowed: str) -> LabError:
    return LabError(f"{owner}'s {record.name} is {quoted(value)}; choose {allowed}.")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_MAX_NUMBER < value < _MAX_NUMBER  # and so neither infinite nor not a number


def _short(value: float) -> float:
    """Ten digits: 0.1 + 0.2 is 0.3, so that a policy equals itself however it was written."""
    return float(f"{value:.10g}")


def _number(record: ParameterRecord, owner: str, value: object) -> float:
    if isinstance(value, int | float) and _is_number(value):
        value = _short(value)
        if record.minimum <= value <= record.maximum:
            return value
    raise _refuse(record, owner, value, f"a number from {record.bounds()}")


def _whole(record: ParameterRecord, owner: str, value: object) -> int:
    if isinstance(value, int | float) and _is_number(value) and value == int(value):
        value = int(value)
        if record.minimum <= value <= record.maximum:
            return value
    raise _refuse(record, owner, value, f"a whole number from {record.bounds()}")


def _pair(record: ParameterRecord, owner: str, value: object, words: str) -> tuple[float, float]:
    allowed = f"two {words}s from {record.bounds()}, the lower one first"
    if _is_number(value):
        if record.fixed:
            value = (value, value)
        elif record.center is not None:
            reach = abs(float(value))  # type: ignore[arg-type]
            low = record.center - reach
            # albumentations cuts a factor that would turn negative off at 0
            value = (max(low, 0.0) if record.center > 0 else low, record.center + reach)
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(map(_is_number, value)):
        raise _refuse(record, owner, value, allowed)
    low, high = value
    if low > high or low < record.minimum or high > record.maximum:
        raise _refuse(record, owner, tuple(value), allowed)
    return _short(low), _short(high)


def _range(record: ParameterRecord, owner: str, value: object) -> tuple[float, ...]:
    return _pair(record, owner, value, "number")


def _whole_range(record: ParameterRecord, owner: str, value: object) -> tuple[int, ...]:
    low, high = _pair(record, owner, value, "whole number")
    if low != int(low) or high != int(high):
        raise _refuse(record, owner, value, f"two whole numbers from {record.bounds()}")
    return int(low), int(high)


def _size_range(record: ParameterRecord, owner: str, value: object) -> Value:
    shares = isinstance(value, list | tuple) and all(_is_number(x) and 0 < x < 1 for x in value)
    if shares and len(value) == 2 and value[0] <= value[1]:  # type: ignore[arg-type, index]
        return _short(value[0]), _short(value[1])  # type: ignore[index]
    return _whole_range(record, owner, value)


def _choice(record: ParameterRecord, owner: str, value: object) -> str:
    if isinstance(value, str) and value in record.choices:
        return value
    raise _refuse(record, owner, value, f"one of {', '.join(record.choices)}")


def _switch(record: ParameterRecord, owner: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _refuse(record, owner, value, "true or false")


def _three(value: object) -> tuple[float, ...] | None:
    if isinstance(value, list | tuple) and len(value) == 3 and all(map(_is_number, value)):
        return tuple(_short(x) for x in value)
    return None


def _fill(record: ParameterRecord, owner: str, value: object) -> Value:
    names = (*FILLS, *record.choices)
    if isinstance(value, str) and value in names:
        return value
    if _is_number(value):
        value = (value,) * 3
    three = _three(value)
    if three and all(record.minimum <= x <= record.maximum for x in three):
        return three
    named = ", ".join(names)
    raise _refuse(
        record, owner, value, f"{named}, a number from {record.bounds()}, or three of them"
    )


def _channels(record: ParameterRecord, owner: str, value: object) -> Value:
    if value == "data":
        return "data"
    three = _three(value)
    if three and all(record.minimum <= x <= record.maximum for x in three):
        return three
    raise _refuse(record, owner, value, f"'data' or three numbers from {record.bounds()}")


_CHECKS: Mapping[Kind, Callable[[ParameterRecord, str, object], Value]] = {
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


def resolve_fill(fill: Value, mean: RGB) -> Value:
    """A fill as the engines need it: three numbers, or the name of a way to make one up.

    `mean` is the data set's, per channel, from 0 to 1.
    """
    if fill == "mean":
        return tuple(channel * 255.0 for channel in mean)
    if fill == "unscaled_mean":
        return tuple(mean)
    return fill
