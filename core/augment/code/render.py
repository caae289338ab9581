"""A policy as text: Python for albumentations 2, the spelling of 1.x, JSON and YAML."""

import json

import yaml

from core.augment.code import legacy
from core.augment.policy import Policy, Transform
from core.augment.transforms.parameters import Value
from core.augment.types import RGB, Params

FORMATS = ("albumentations-2", "albumentations-1", "json", "yaml")
_LINE = 72  # characters of a call before it is broken
_FILLS = ("fill", "fill_value", "value", "cval")
_CV2 = {"border_mode": "BORDER_", "interpolation": "INTER_", "mode": "BORDER_"}


def write(policy: Policy, form: str, mean: RGB | None = None, std: RGB | None = None) -> str:
    """The policy in one of FORMATS.

    `mean` and `std` are the data set's, per channel, from 0 to 1; Python code without them leaves
    a line to fill in. Parameters that 1.x does not have are named in comments.
    """
    if form == "json":
        return json.dumps(policy.to_dict(), indent=2) + "\n"
    if form == "yaml":
        return str(yaml.safe_dump(policy.to_dict(), sort_keys=False, default_flow_style=None))
    return _python(policy, form == "albumentations-1", mean, std)


def _python(policy: Policy, old: bool, mean: RGB | None, std: RGB | None) -> str:
    body = "".join(f"    {line},\n" for entry in policy.image_steps for line in _lines(entry, old))
    if not policy.normalizes:
        body += "    A.Normalize(mean=mean, std=std),\n"
    head = ["import albumentations as A"]
    if "cv2." in body:
        head.append("import cv2")
    head += ["from albumentations.pytorch import ToTensorV2", ""]
    if old:
        head.append("# albumentations 1.x; version 2 ignores these names and only warns.")
        head += _lost(policy)
    else:
        head.append("# albumentations 2")
    head.append(f"mean = {_channels(mean)}  # of the training images, from 0 to 1")
    head.append(f"std = {_channels(std)}")
    return (
        "\n".join(head)
        + f"\n\ntrain_transform = A.Compose([\n{body}    ToTensorV2(),\n])\n"
        + _batch_lines(policy)
    )


def _lost(policy: Policy) -> list[str]:
    return [
        f"# Not kept: {entry.name}'s {name}={_value(name, entry.parameters[name])}; 1.x lacks it."
        for entry in policy.image_steps
        for name in legacy.lost(entry)
    ]


def _channels(numbers: RGB | None) -> str:
    if numbers is None:
        return "..."
    return "(" + ", ".join(f"{number:.4f}" for number in numbers) + ")"


def _lines(entry: Transform, old: bool) -> list[str]:
    p = entry.parameters
    calls = legacy.to_old(entry) if old else entry.record.calls(entry.name, p)
    lines = [_call(*call) for call in calls]
    if len(calls) == 1 or p["p"] == 1:
        return lines
    inner = "".join(f"    {line},\n" for line in lines).replace("\n", "\n    ")
    return [f"A.Sequential([\n    {inner}], p={_number(p['p'])})"]


def _call(name: str, given: Params) -> str:
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
    """15 digits, five more than a policy keeps: what 1.x squares comes back as it was."""
    return repr(int(value)) if value == int(value) else f"{value:.15g}"


def _batch_lines(policy: Policy) -> str:
    lines = []
    for entry in policy.transforms:
        if entry.record.level == "batch":
            share = entry.parameters["p"]
            line = f"v2.{entry.name}(alpha={_number(entry.parameters['alpha'])}, num_classes=10)"
            lines.append(line if share == 1 else f"v2.RandomApply([{line}], p={_number(share)})")
    if not lines:
        return ""
    body = "".join(f"    {line},\n" for line in lines)
    return (
        "\nfrom torchvision.transforms import v2\n\n"
        "# on each batch: images, labels = mix(images, labels)\n"
        f"mix = v2.Compose([\n{body}])\n"
    )
