"""What values in pasted code stand for, where only their author knew the data set's statistics."""

import re
from dataclasses import dataclass
from typing import Any

from core.augment.code.call import CodeCall, Finding
from core.augment.code.literals import Unknown, cut
from core.augment.types import RGB
from core.errors import LabError

# What most code writes; Krizhevsky's images
CIFAR10_MEAN: RGB = (0.4914, 0.4822, 0.4465)
CIFAR10_STD: RGB = (0.2470, 0.2435, 0.2616)
_FILLS = ("fill", "fill_value", "value", "cval")
_LIKE = 0.02  # two means this close are taken for the same
_SAME = 0.0001  # four digits


@dataclass(frozen=True)
class Statistics:
    """The data set's mean and standard deviation, from 0 to 1; None where they are not known."""

    mean: RGB | None = None
    std: RGB | None = None

    def like(self, argument: str, value: Any, scale: float) -> str:
        """Whether a value / `scale` is the data set's own: "same", "close" (to CIFAR-10's, too), or
        "" for neither."""
        own, usual = (self.mean, CIFAR10_MEAN) if argument == "mean" else (self.std, CIFAR10_STD)
        if _alike(value, own or usual, scale, _SAME):
            return "same"
        return "close" if any(_alike(value, x or usual, scale, _LIKE) for x in (own, usual)) else ""


def meant(
    call: CodeCall, kind: str, argument: str, value: Any, data: Statistics, findings: list[Finding]
) -> Any:
    """A value as it stands, or the data set's own where the text shows that this is meant.

    `kind` is that of the parameter. What was assumed is added to `findings`. Raises LabError for a
    value that the text does not tell.
    """
    if kind == "channels":
        return _channels(call, argument, value, data, findings)
    if kind == "fill":
        return _color(call, value, data, findings)
    if isinstance(value, Unknown):
        raise LabError(
            f"{call.name}'s {argument}={cut(value.text)} cannot be found in the text; write a "
            "number."
        )
    return value


def _channels(
    call: CodeCall, argument: str, value: Any, data: Statistics, findings: list[Finding]
) -> Any:
    spelled = call.spelled(argument)
    like = "" if isinstance(value, Unknown) else data.like(argument, value, 1.0)
    if not isinstance(value, Unknown) and not like:
        return value
    bare = re.sub(r"[()\s]", "", spelled)
    if like == "close" or (not like and bare != argument):
        words = f"{call.name}: {argument}={spelled} is taken for the data set's own."
        findings.append(Finding(call.name, argument, words))
    return "data"


def _color(call: CodeCall, value: Any, data: Statistics, findings: list[Finding]) -> Any:
    argument = next((key for key in _FILLS if key in call.given), "fill")
    spelled = call.spelled(argument)
    unknown = isinstance(value, Unknown)
    by_name = bool(re.search(r"\bmu\b|mean", spelled, re.IGNORECASE))
    gray = "" if unknown else data.like("mean", value, 255.0)
    unscaled = "" if unknown else data.like("mean", value, 1.0)
    if not (unknown or by_name or gray or unscaled) or value in ("mean", "unscaled_mean"):
        return value
    same = "same" in (gray, unscaled)
    if not (gray or unscaled):
        large = isinstance(value, tuple) and max(filter(_is_real, value), default=0) > 1
        gray = "close" if large or "255" in spelled else ""
    if not same:
        how = "in pixel values" if gray else "from 0 to 1, not scaled to pixel values"
        words = f"{call.name}: {argument}={spelled} is taken for the data set's mean {how}."
        findings.append(Finding(call.name, argument, words))
    return "mean" if gray else "unscaled_mean"


def _is_real(value: Any) -> bool:
    return isinstance(value, int | float)


def _alike(value: Any, reference: RGB, scale: float, tolerance: float) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 3
        and all(map(_is_real, value))
        and all(abs(x / scale - y) <= tolerance for x, y in zip(value, reference, strict=True))
    )
