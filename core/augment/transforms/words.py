"""What was drawn, in words a class can read."""

from collections.abc import Callable, Mapping
from typing import Any

from core.augment.policy import Transform

Numbers = Mapping[str, Any]


def describe(transform: Transform, values: Numbers) -> str:
    """`values` of one image in a few words; angles in degrees, places in pixels."""
    words = _WORDS.get(transform.name)
    said = words(values, transform) if words else "applied"
    return said or "no visible change"


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _percent(factor: float, more: str, less: str) -> str:
    change = round(100 * (float(factor) - 1))
    return f"{abs(change)}% {more if change > 0 else less}" if change else ""


def _places(pixels: float, positive: str, negative: str) -> str:
    count = round(float(pixels))
    return f"moved {abs(count)} px {positive if count > 0 else negative}" if count else ""


def _affine(values: Numbers, transform: Transform) -> str:
    angle = float(values["angle"])
    turned = f"turned {abs(angle):.1f} degrees {'left' if angle >= 0 else 'right'}"
    slants = [abs(float(values.get(name, 0))) for name in ("shear_x", "shear_y")]
    return _listed(
        turned if abs(angle) >= 0.05 else "",
        _percent(values["scale_x"], "wider", "narrower"),
        _percent(values["scale_y"], "taller", "lower"),
        f"slanted {max(slants):.1f} degrees" if max(slants) >= 0.05 else "",
        _places(values["shift_x"], "right", "left"),
        _places(values["shift_y"], "down", "up"),
    )


def _crop(values: Numbers, transform: Transform) -> str:
    padding = transform.parameters["padding"]
    # cutting further right shows the image further left
    return _listed(
        _places(padding - values["left"], "right", "left"),
        _places(padding - values["top"], "down", "up"),
    )


def _holes(values: Numbers, transform: Transform) -> str:
    said = [
        f"{right - left}x{bottom - top} at {left},{top}"
        for left, top, right, bottom in values["holes"]
        if right > left and bottom > top
    ]
    if not said:
        return "no hole"
    return ("hole " if len(said) == 1 else "holes ") + "; ".join(said)


def _jitter(values: Numbers, transform: Transform) -> str:
    turned = round(360 * float(values["hue"]))
    return _listed(
        _percent(values["brightness"], "brighter", "darker"),
        _percent(values["contrast"], "more contrast", "less contrast"),
        _percent(values["saturation"], "more color", "less color"),
        f"hue turned {turned:+d} degrees" if turned else "",
    )


def _brightness_contrast(values: Numbers, transform: Transform) -> str:
    added = float(values["added"])
    unit = "% of full scale" if transform.parameters["brightness_by_max"] else "% of its mean"
    return _listed(
        _percent(values["factor"], "more contrast", "less contrast"),
        f"{100 * added:+.0f}{unit} added" if round(100 * added) else "",
    )


def _hue_saturation(values: Numbers, transform: Transform) -> str:
    return _listed(
        f"hue {2 * float(values['hue_shift']):+.0f} degrees",
        f"saturation {float(values['sat_shift']):+.0f}",
        f"value {float(values['val_shift']):+.0f}",
    )


def _noise(values: Numbers, transform: Transform) -> str:
    return f"noise of {255 * float(values['std']):.0f} gray levels"


def _sharpen(values: Numbers, transform: Transform) -> str:
    return f"edges laid over at {100 * float(values['alpha']):.0f}%"


def _fixed(words: str) -> Callable[[Numbers, Transform], str]:
    return lambda values, transform: words


_WORDS: dict[str, Callable[[Numbers, Transform], str]] = {
    "HorizontalFlip": _fixed("mirrored"),
    "VerticalFlip": _fixed("turned upside down"),
    "ShiftScaleRotate": _affine,
    "Affine": _affine,
    "Rotate": _affine,
    "RandomCrop": _crop,
    "CoarseDropout": _holes,
    "ColorJitter": _jitter,
    "ToGray": _fixed("color taken away"),
    "RandomBrightnessContrast": _brightness_contrast,
    "HueSaturationValue": _hue_saturation,
    "GaussNoise": _noise,
    "Sharpen": _sharpen,
    "Normalize": _fixed("mean subtracted, divided by the standard deviation"),
}


def settings(transform: Transform) -> str:
    """What is set, in a few words: how often first, then what is not as by default."""
    p = transform.parameters
    often = "" if p.get("p", 1.0) == 1.0 else f"in {100 * p['p']:g}%"
    if transform.name == "CoarseDropout":
        said = _hole_settings(p)
    elif transform.name == "ShiftScaleRotate":
        said = _listed(
            f"turn {_span(p['rotate_limit'])} degrees",
            f"shift {_span(tuple(100 * x for x in p['shift_limit']))}%",
            f"scale {_span(tuple(100 * x for x in p['scale_limit']))}%",
            _corners(p),
        )
    else:
        said = ", ".join(
            f"{name.replace('_', ' ')} {_span(value)}"
            for name, value in transform.changed().items()
            if name != "p"
        )
    return _listed(often, said)


def _span(value: Any) -> str:
    """A value or a range in few characters."""
    if isinstance(value, float):
        return f"{value:g}"
    if not isinstance(value, tuple):
        return str(value).replace("_", " ")
    if len(value) != 2:
        return "/".join(f"{x:g}" for x in value)
    low, high = value
    if low == -high:
        return f"±{high:g}"
    return f"{high:g}" if low == high else f"{low:g} to {high:g}"


def _hole_settings(p: Numbers) -> str:
    few, many = p["num_holes_range"]
    sides = (p["hole_height_range"], p["hole_width_range"])
    if sides[0][1] < 1:
        size = " x ".join(f"{_span(tuple(100 * x for x in side))}%" for side in sides)
    else:
        size = " x ".join(_span(side) for side in sides) + " px"
    count = f"{few}" if few == many else f"{few} to {many}"
    return f"{count} {'hole' if many == 1 else 'holes'} of {size}, filled with {color(p['fill'])}"


def color(fill: Any) -> str:
    """A fill in words."""
    if isinstance(fill, tuple):
        return _span(fill) if any(fill) else "black"
    names = {"mean": "the mean", "unscaled_mean": "the unscaled mean"}
    return names.get(fill, str(fill).replace("_", " "))


def _corners(p: Numbers) -> str:
    if p["border_mode"] == "constant":
        return f"{color(p['fill'])} corners"
    return f"{str(p['border_mode']).replace('_', ' ')} corners"
