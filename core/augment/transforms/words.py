"""Numbers as short phrases, from which transforms say what was sampled and what is set."""

from typing import Any

from core.augment.types import Params


def listed(*phrases: str) -> str:
    """Those that say something, with commas between them."""
    return ", ".join(phrase for phrase in phrases if phrase)


def percent(factor: float, more: str, less: str) -> str:
    """A factor as a change: "7% wider"; "" for none."""
    change = round(100 * (float(factor) - 1))
    return f"{abs(change)}% {more if change > 0 else less}" if change else ""


def moved(pixels: float, positive: str, negative: str) -> str:
    """A shift in pixels: "moved 2 px left"; "" for none."""
    count = round(float(pixels))
    return f"moved {abs(count)} px {positive if count > 0 else negative}" if count else ""


def span(value: Any) -> str:
    """A value or a range in few characters."""
    if isinstance(value, float):
        return f"{value:g}"
    if not isinstance(value, tuple):
        return str(value).replace("_", " ")
    if len(value) != 2:
        return "/".join(f"{x:g}" for x in value)
    low, high = value
    if low == high:
        return f"{high:g}"
    return f"±{high:g}" if low == -high else f"{low:g} to {high:g}"


def percents(bounds: tuple[float, float]) -> str:
    """A range of shares as percent."""
    return f"{span(tuple(100 * x for x in bounds))}%"


def color(fill: Any) -> str:
    """A fill in words."""
    if isinstance(fill, tuple):
        return f"RGB {span(fill)}" if any(fill) else "black"
    names = {"mean": "the mean", "unscaled_mean": "the unscaled mean"}
    return names.get(fill, str(fill).replace("_", " "))


def corners(p: Params) -> str:
    """What comes in from outside the image."""
    if p["border_mode"] == "constant":
        return f"{color(p['fill'])} corners"
    return f"{span(p['border_mode'])} corners"
