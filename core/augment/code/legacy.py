"""What albumentations 1.x called things, and what it did where nothing was said.

From the signatures of albumentations 1.3.1, the release that code of that time was written for.
Each way of writing the same thing stands here once; core/augment/code/render.py writes with it and
core/augment/code/parse.py reads with it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from core.augment.policy import Transform

Given = Mapping[str, Any]

# 1.x's argument -> the parameter that took its place. "" says that it never touched the image.
RENAMED: Mapping[str, Mapping[str, str]] = {
    "CoarseDropout": {
        "max_holes": "num_holes_range",
        "min_holes": "num_holes_range",
        "max_height": "hole_height_range",
        "min_height": "hole_height_range",
        "max_width": "hole_width_range",
        "min_width": "hole_width_range",
        "fill_value": "fill",
        "mask_fill_value": "",
    },
    "ShiftScaleRotate": {"value": "fill", "mask_value": ""},
    "Rotate": {"value": "fill", "mask_value": ""},
    "PadIfNeeded": {"value": "fill", "mask_value": ""},
    "Affine": {"mode": "border_mode", "cval": "fill", "cval_mask": ""},
    "GaussNoise": {"var_limit": "std_range", "mean": "mean_range"},
}

# Where 1.x's default is not that of 2.x, in the terms of our parameters.
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "ShiftScaleRotate": {"border_mode": "reflect_101"},
    "Rotate": {"border_mode": "reflect_101"},
    "PadIfNeeded": {"border_mode": "reflect_101"},
    "ColorJitter": {"hue": (-0.2, 0.2)},
    "GaussNoise": {"std_range": ((10**0.5) / 255, (50**0.5) / 255)},
    "CoarseDropout": {
        "num_holes_range": (8, 8),
        "hole_height_range": (8, 8),
        "hole_width_range": (8, 8),
    },
}

# The order of the arguments, where code may give them without their names.
POSITIONS: Mapping[str, tuple[str, ...]] = {
    "CoarseDropout": (
        "max_holes", "max_height", "max_width", "min_holes", "min_height", "min_width",
        "fill_value", "mask_fill_value",
    ),
    "Cutout": ("num_holes", "max_h_size", "max_w_size", "fill_value"),
    "GaussNoise": ("var_limit", "mean", "per_channel"),
}  # fmt: skip


def is_old(name: str, given: Given) -> bool:
    """Whether a call can only have been meant for 1.x."""
    return (
        name == "Cutout"
        or "always_apply" in given
        or any(key in RENAMED.get(name, {}) for key in given)
    )


def to_new(name: str, given: Given) -> dict[str, Any]:
    """1.x's arguments as our parameters, with what 1.x did where nothing was said."""
    made = dict(DEFAULTS.get(name, {}))
    rename = RENAMED.get(name, {})
    made.update({key: value for key, value in given.items() if key not in rename})
    if made.pop("always_apply", False):
        made["p"] = 1.0
    if name == "CoarseDropout":
        made.update(_holes(given))
    elif name == "GaussNoise":
        made.update(_noise(given))
    else:
        made.update({rename[key]: given[key] for key in given if rename.get(key)})
    if made.get("fill", 0) is None:  # "value=None" was black
        made.pop("fill")
    return made


def cutout(given: Given) -> dict[str, Any]:
    """1.x's Cutout, which cut holes of one size, as 1.x's CoarseDropout."""
    tall, wide = given.get("max_h_size", 8), given.get("max_w_size", 8)
    made = {"max_holes": given.get("num_holes", 8), "max_height": tall, "max_width": wide}
    others = ("fill_value", "always_apply", "p")
    return {**made, **{name: given[name] for name in others if name in given}}


def _holes(given: Given) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, kind in (
        ("num_holes_range", "holes"),
        ("hole_height_range", "height"),
        ("hole_width_range", "width"),
    ):
        most = given.get(f"max_{kind}", 8)
        fewest = given.get(f"min_{kind}")
        made[name] = (most if fewest is None else fewest, most)  # 1.x: none given, always the most
    if given.get("fill_value") is not None:
        made["fill"] = given["fill_value"]
    return made


def _noise(given: Given) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "var_limit" in given:
        limit = given["var_limit"]
        low, high = limit if isinstance(limit, tuple | list) else (0, limit)
        made["std_range"] = (low**0.5 / 255, high**0.5 / 255)
    if "mean" in given:
        made["mean_range"] = (given["mean"] / 255, given["mean"] / 255)
    return made


def to_old(entry: Transform) -> dict[str, Any]:
    """A transform's parameters as arguments of 1.x."""
    given = dict(entry.parameters)
    convert = _TO_OLD.get(entry.name)
    return convert(given) if convert else given


def _old_holes(given: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    ranges = (
        ("holes", given["num_holes_range"]),
        ("height", given["hole_height_range"]),
        ("width", given["hole_width_range"]),
    )
    made.update({f"max_{kind}": high for kind, (_, high) in ranges})
    made.update({f"min_{kind}": low for kind, (low, _) in ranges})
    return {**made, "fill_value": given["fill"], "mask_fill_value": None, "p": given["p"]}


def _renamed(**names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda given: {names.get(key, key): value for key, value in given.items()}


def _old_noise(given: dict[str, Any]) -> dict[str, Any]:
    low, high = given["std_range"]
    return {
        "var_limit": ((255 * low) ** 2, (255 * high) ** 2),
        "mean": 255 * sum(given["mean_range"]) / 2,
        "per_channel": given["per_channel"],
        "p": given["p"],
    }


def _old_gray(given: dict[str, Any]) -> dict[str, Any]:
    return {"p": given["p"]}  # 1.x knew one method only


_TO_OLD: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "CoarseDropout": _old_holes,
    "ShiftScaleRotate": _renamed(fill="value"),
    "Rotate": _renamed(fill="value"),
    "Affine": _renamed(fill="cval", border_mode="mode"),
    "GaussNoise": _old_noise,
    "ToGray": _old_gray,
}
