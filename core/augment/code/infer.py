"""What the values in pasted code stand for, where only the author knew the data set's mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.augment.code import legacy
from core.augment.code.literals import Unknown
from core.errors import LabError

Mean = tuple[float, float, float]
CIFAR10_MEAN: Mean = (0.4914, 0.4822, 0.4465)  # what most code writes; Krizhevsky's images
_FILLS = ("fill", "fill_value", "value", "cval")
_LIKE = 0.02  # two means this close are taken for the same


@dataclass(frozen=True)
class Finding:
    """A remark on one argument of one transform, in a sentence."""

    transform: str
    argument: str
    words: str


@dataclass(frozen=True)
class Call:
    """A transform as the text gives it; `written` holds each argument as it was spelled."""

    name: str
    given: Mapping[str, Any]
    written: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_old(self) -> bool:
        return legacy.is_old(self.name, self.given)

    def spelled(self, argument: str) -> str:
        return self.written.get(argument, repr(self.given.get(argument)))


def meant(
    call: Call, name: str, argument: str, value: Any, mean: Mean | None, findings: list[Finding]
) -> Any:
    """A value as it stands, or the data set's own where the text shows that this is meant.

    `mean` is the data set's, from 0 to 1, where it is known. What was assumed is added to
    `findings`. Raises LabError for a value that the text does not tell.
    """
    if argument in ("mean", "std") and name == "Normalize":
        return _channels(call, argument, value, mean or CIFAR10_MEAN, findings)
    if argument == "fill":
        return _color(call, name, value, mean or CIFAR10_MEAN, findings)
    if isinstance(value, Unknown):
        raise LabError(
            f"{name}'s {argument}={value.text[:60]} cannot be told from the text; write a number."
        )
    return value


def _channels(
    call: Call, argument: str, value: Any, reference: Mean, findings: list[Finding]
) -> Any:
    spelled = call.spelled(argument)
    a_name = re.fullmatch(r"\(?[A-Za-z_]\w*\)?", spelled)
    if isinstance(value, Unknown) or a_name:
        if spelled != argument:
            words = f"Normalize: {argument}={spelled} is taken for the data set's own."
            findings.append(Finding("Normalize", argument, words))
        return "data"
    # a standard deviation belongs to the mean beside it
    return "data" if _alike(call.given.get("mean"), reference, 1.0) else value


def _color(call: Call, name: str, value: Any, reference: Mean, findings: list[Finding]) -> Any:
    argument = next((key for key in _FILLS if key in call.given), "fill")
    spelled = call.spelled(argument)
    if isinstance(value, Unknown) or re.search(r"\bmu\b|mean", spelled, re.IGNORECASE):
        large = isinstance(value, tuple) and max(value, default=0) > 1
        scaled = "255" in spelled or large or value == "mean"
        gray = "in gray levels" if scaled else "from 0 to 1, not scaled to gray levels"
        words = f"{name}: {argument}={spelled} is taken for the mean {gray}."
        findings.append(Finding(name, argument, words))
        return "mean" if scaled else "unscaled_mean"
    if _alike(value, reference, 255.0):
        return "mean"
    return "unscaled_mean" if _alike(value, reference, 1.0) else value


def _alike(value: Any, reference: Mean, scale: float) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 3
        and all(isinstance(x, int | float) for x in value)
        and all(abs(x / scale - y) <= _LIKE for x, y in zip(value, reference, strict=True))
    )
