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
from core.augment.transforms.parameters import IMAGE_SIZE, resolve_fill  # noqa: E402
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
Mean = tuple[float, float, float]


def arguments(transform: Transform, mean: Mean, std: Mean) -> dict[str, Any]:
    """The transform's parameters as albumentations takes them."""
    made: dict[str, Any] = dict(transform.parameters)
    if "border_mode" in made:
        made["border_mode"] = BORDERS[made["border_mode"]]
    if "interpolation" in made:
        made["interpolation"] = INTERPOLATIONS[made["interpolation"]]
    if "fill" in made:
        made["fill"] = resolve_fill(made["fill"], mean)
    if transform.record.level == "normalize":
        made = {
            "mean": mean if made["mean"] == "data" else made["mean"],
            "std": std if made["std"] == "data" else made["std"],
        }
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


def step(transform: Transform, mean: Mean, std: Mean) -> Any:
    """One transform of a policy as albumentations' object."""
    given = arguments(transform, mean, std)
    if transform.name == "RandomCrop":
        # albumentations pads only images that are too small, so the rim is a step of its own
        rim = {name: given[name] for name in ("padding", "border_mode", "fill")}
        size = {"height": IMAGE_SIZE, "width": IMAGE_SIZE}
        parts = [build("Pad", {**rim, "p": 1.0}), build("RandomCrop", {**size, "p": 1.0})]
        return albumentations.Sequential(parts, p=given["p"])
    return build(transform.name, given)


def compose(policy: Policy, mean: Mean, std: Mean, **options: Any) -> Any:
    """The policy as `albumentations.Compose`, without the transforms that mix whole batches.

    `mean`, `std`: of the data set, per channel, from 0 to 1. It gives HWC images: uint8, or
    float32 if the policy holds a Normalize. `options` go to Compose. Raises LabError.
    """
    steps = [step(entry, mean, std) for entry in policy.transforms if entry.record.level != "batch"]
    return albumentations.Compose(steps, **options)
