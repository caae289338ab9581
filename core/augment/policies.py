"""The policies that have a name."""

from dataclasses import dataclass

from core.augment.policy import Policy, Transform
from core.registry import Registry


@dataclass(frozen=True)
class NamedPolicy:
    """A policy with the words a menu needs."""

    policy: Policy
    label: str
    help: str


POLICIES: Registry[NamedPolicy] = Registry("policy")


def named(name: str) -> Policy:
    """The policy of that name; raises LabError that lists the choices."""
    return POLICIES[name].policy


def name_of(policy: Policy) -> str | None:
    """The first name under which exactly this policy is known, or None."""
    return next((name for name, entry in POLICIES.items() if entry.policy == policy), None)


def _add(name: str, label: str, help: str, *transforms: Transform) -> None:
    POLICIES.add(name, NamedPolicy(Policy(transforms), label, help))


_FLIP = Transform("HorizontalFlip")
_SHIFT = Transform("ShiftScaleRotate")
# The assignment's max_holes = min_holes = 1 and 16 px a side, filled with the data set's mean
_HOLE = Transform(
    "CoarseDropout",
    {
        "num_holes_range": (1, 1),
        "hole_height_range": (16, 16),
        "hole_width_range": (16, 16),
        "fill": "mean",
    },
)

_add("none", "No augmentation", "The images as they are, only normalised.")
_add(
    "assignment", "The assignment's",
    "Horizontal flip, shift-scale-rotate and one 16x16 hole filled with the data set's mean.",
    _FLIP, _SHIFT, _HOLE,
)  # fmt: skip
