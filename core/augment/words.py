"""What was drawn, in words a class can read."""

from collections.abc import Callable, Mapping
from typing import Any

from core.augment.policy import Transform

Numbers = Mapping[str, Any]


def describe(transform: Transform, values: Numbers) -> str:
    """`values` of one image in a few words; angles in degrees, places in pixels."""
    words = _WORDS.get(transform.name)
    return words(values) if words else "applied"


def _percent(factor: float, more: str, less: str) -> str:
    change = round(100 * (factor - 1))
    if change == 0:
        return ""
    return f"{abs(change)}% {more if change > 0 else less}"


def _places(pixels: float, positive: str, negative: str) -> str:
    count = round(float(pixels))
    return f"moved {abs(count)} px {positive if count > 0 else negative}" if count else ""


def _affine(values: Numbers) -> str:
    angle = float(values["angle"])
    parts = [
        f"turned {abs(angle):.1f} degrees {'left' if angle >= 0 else 'right'}",
        _percent(float(values["scale_x"]), "wider", "narrower"),
        _percent(float(values["scale_y"]), "taller", "lower"),
        _places(values["shift_x"], "right", "left"),
        _places(values["shift_y"], "down", "up"),
    ]
    return ", ".join(part for part in parts if part)


def _holes(values: Numbers) -> str:
    said = [
        f"{right - left}x{bottom - top} at {left},{top}"
        for left, top, right, bottom in values["holes"]
        if right > left and bottom > top
    ]
    if not said:
        return "no hole"
    return ("hole " if len(said) == 1 else "holes ") + "; ".join(said)


_WORDS: dict[str, Callable[[Numbers], str]] = {
    "HorizontalFlip": lambda values: "mirrored",
    "ShiftScaleRotate": _affine,
    "CoarseDropout": _holes,
    "Normalize": lambda values: "mean subtracted, divided by the standard deviation",
}
