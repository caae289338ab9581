"""The one place where albumentations is imported, quietly, and where a policy becomes its Compose.

albumentations looks for a newer release online on import unless told not to, and warns each time a
ShiftScaleRotate is made; neither is of use to somebody training a network. Torch is not needed.
"""

import os
import warnings
from collections.abc import Mapping
from inspect import Parameter, signature
from typing import Any

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
warnings.filterwarnings("ignore", message="ShiftScaleRotate is a special case")

import albumentations  # noqa: E402  (the setting above must come first)
import cv2  # noqa: E402

from core.augment.policy import Policy, Transform  # noqa: E402
from core.augment.transforms.parameters import resolve_fill  # noqa: E402
from core.augment.types import RGB, Params  # noqa: E402
from core.errors import LabError  # noqa: E402

VERSION = str(albumentations.__version__)

BORDERS: Mapping[str, int] = {
    "constant": cv2.BORDER_CONSTANT,
    "reflect_101": cv2.BORDER_REFLECT_101,
    "reflect": cv2.BORDER_REFLECT,
    "replicate": cv2.BORDER_REPLICATE,
    "wrap": cv2.BORDER_WRAP,
}
INTERPOLATIONS: Mapping[str, int] = {
    "linear": cv2.INTER_LINEAR,
    "nearest": cv2.INTER_NEAREST,
    "cubic": cv2.INTER_CUBIC,
}


def arguments(transform: Transform, mean: RGB, std: RGB) -> dict[str, Any]:
    """The transform's parameters as albumentations takes them."""
    made: dict[str, Any] = dict(transform.parameters)
    for entry in transform.record.parameters:
        name, value = entry.name, made[entry.name]
        if name == "border_mode":
            made[name] = BORDERS[value]
        elif name == "interpolation":
            made[name] = INTERPOLATIONS[value]
        elif entry.kind == "fill":
            made[name] = resolve_fill(value, mean)
        elif entry.kind == "channels" and value == "data":
            made[name] = {"mean": mean, "std": std}[name]
    return made


def accepted(name: str) -> dict[str, Parameter]:
    """The arguments that the installed albumentations takes; empty for what it does not have."""
    kind = getattr(albumentations, name, None) if name.isidentifier() else None
    if not isinstance(kind, type):
        return {}
    return dict(signature(kind).parameters)


def build(name: str, given: Mapping[str, Any]) -> Any:
    """albumentations' transform of that name; an argument that it would ignore is an error.

    Raises LabError.
    """
    kind = getattr(albumentations, name)
    known = accepted(name)
    ignored = [entry for entry in given if entry not in known]
    if ignored:
        raise LabError(
            f"{name} of albumentations {VERSION} has no {', '.join(ignored)} and would ignore it; "
            f"it takes {', '.join(known)}."
        )
    try:
        return kind(**given, strict=True)
    except ValueError as problem:
        raise LabError(f"albumentations {VERSION} refuses this {name}: {problem}") from problem


def step(transform: Transform, mean: RGB, std: RGB) -> Any:
    """One transform of a policy as albumentations' object."""
    given = arguments(transform, mean, std)
    calls = transform.record.calls(transform.name, given)
    if len(calls) == 1:
        return build(*calls[0])
    parts = [build(name, {**own, "p": 1.0}) for name, own in calls]
    return albumentations.Sequential(parts, p=given["p"])


def applied_params(made: Any) -> Params:
    """What the last of a step's parts applied to the last image; empty where it was skipped."""
    params: Params = _parts(made)[-1].params
    return params


def forget(made: Any) -> None:
    """Clear what the last image got: a Sequential that is skipped keeps its parts' old values."""
    for part in _parts(made):
        part.params = {}


def _parts(made: Any) -> list[Any]:
    return list(made.transforms) if isinstance(made, albumentations.Sequential) else [made]


def compose(policy: Policy, mean: RGB, std: RGB, **options: Any) -> Any:
    """The policy as `albumentations.Compose`, without the transforms that mix whole batches.

    `mean`, `std`: of the data set, per channel, from 0 to 1. It gives HWC images: uint8, or
    float32 if the policy holds a Normalize. `options` go to Compose. Raises LabError.
    """
    steps = [step(entry, mean, std) for entry in policy.image_steps]
    return albumentations.Compose(steps, **options)
