"""A policy as text: Python for albumentations 2, the spelling of 1.x, JSON and YAML."""

import json
from typing import Any

import yaml

from core.augment.code.legacy import to_old
from core.augment.policy import Policy, Transform
from core.augment.transforms.parameters import IMAGE_SIZE, Value

FORMATS = ("albumentations-2", "albumentations-1", "json", "yaml")
Mean = tuple[float, float, float]
_LINE = 72  # characters of a call before it is broken
_FILLS = ("fill", "fill_value", "value", "cval")
_CV2 = {"border_mode": "BORDER_", "interpolation": "INTER_", "mode": "BORDER_"}


def write(policy: Policy, form: str, mean: Mean | None = None, std: Mean | None = None) -> str:
    """The policy in one of FORMATS.

    `mean` and `std` are the data set's, per channel, from 0 to 1; Python code without them leaves
    a line to fill in.
    """
    if form == "json":
        return json.dumps(policy.to_dict(), indent=2) + "\n"
    if form == "yaml":
        return str(yaml.safe_dump(policy.to_dict(), sort_keys=False, default_flow_style=None))
    return _python(policy, form == "albumentations-1", mean, std)


def _python(policy: Policy, old: bool, mean: Mean | None, std: Mean | None) -> str:
    images = [entry for entry in policy.transforms if entry.record.level != "batch"]
    calls = [call for entry in images for call in _calls(entry, old)]
    if not policy.normalizes:
        calls.append("A.Normalize(mean=mean, std=std)")
    calls.append("ToTensorV2()")
    body = "".join(f"    {call},\n" for call in calls)
    head = ["import albumentations as A"]
    if "cv2." in body:
        head.append("import cv2")
    head += ["from albumentations.pytorch import ToTensorV2", ""]
    if old:
        head.append("# albumentations 1.x; version 2 ignores these names and only warns.")
    else:
        head.append("# albumentations 2")
    head.append(f"mean = {_channels(mean)}  # of the training images, from 0 to 1")
    head.append(f"std = {_channels(std)}")
    return "\n".join(head) + f"\n\ntrain_transform = A.Compose([\n{body}])\n" + _batch_lines(policy)


def _channels(numbers: Mean | None) -> str:
    if numbers is None:
        return "(0.5, 0.5, 0.5)"
    return "(" + ", ".join(f"{number:.4f}" for number in numbers) + ")"


def _calls(entry: Transform, old: bool) -> list[str]:
    given: dict[str, Any] = to_old(entry) if old else dict(entry.parameters)
    if entry.name == "RandomCrop":
        return _padded_crop(entry, old)
    return [_call(entry.name, given)]


def _padded_crop(entry: Transform, old: bool) -> list[str]:
    given = entry.parameters
    padding, size = given["padding"], f"height={IMAGE_SIZE}, width={IMAGE_SIZE}"
    border: dict[str, Any] = {"border_mode": given["border_mode"]}
    if given["border_mode"] == "constant":
        border["value" if old else "fill"] = given["fill"]
    if old:
        side = IMAGE_SIZE + 2 * padding
        rim = _call("PadIfNeeded", {"min_height": side, "min_width": side, **border})
    else:
        rim = _call("Pad", {"padding": padding, **border})
    cut = f"A.RandomCrop({size})"
    if given["p"] == 1:
        return [rim, cut] if padding else [cut]
    return [f"A.Sequential([{rim}, {cut}], p={given['p']:g})"]


def _call(name: str, given: dict[str, Any]) -> str:
    parts = [f"{key}={_value(key, x)}" for key, x in given.items()]
    line = f"A.{name}({', '.join(parts)})"
    if len(line) <= _LINE:
        return line
    return f"A.{name}(\n" + "".join(f"        {part},\n" for part in parts) + "    )"


def _value(name: str, value: Value | None) -> str:
    if name in _CV2 and isinstance(value, str):
        return f"cv2.{_CV2[name]}{value.upper()}"
    if name in ("mean", "std") and value == "data":
        return name
    if value == "mean":
        return "tuple(255 * m for m in mean)"
    if value == "unscaled_mean":
        return "mean"
    if isinstance(value, tuple):
        if name in _FILLS and len(set(value)) == 1:
            return _number(value[0])
        return "(" + ", ".join(_number(x) for x in value) + ")"
    return _number(value) if isinstance(value, float) else repr(value)


def _number(value: float) -> str:
    return repr(int(value)) if isinstance(value, int) else f"{value:.10g}"


def _batch_lines(policy: Policy) -> str:
    lines = []
    for entry in policy.transforms:
        if entry.record.level == "batch":
            line = f"v2.{entry.name}(alpha={entry.parameters['alpha']:g}, num_classes=10)"
            share = entry.parameters["p"]
            lines.append(line if share == 1 else f"v2.RandomApply([{line}], p={share:g})")
    if not lines:
        return ""
    body = "".join(f"    {line},\n" for line in lines)
    return (
        "\nfrom torchvision.transforms import v2\n\n"
        "# on each batch: images, labels = mix(images, labels)\n"
        f"mix = v2.Compose([\n{body}])\n"
    )
