"""The policies that have a name: none, the assignment's, one a document, and ours.

The documents are the five in the project's seeds. Where one says only which transforms it used,
its policy takes the defaults and `help` says so.
"""

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
# What albumentations 1.x did: its default border was a reflection, that of 2.x is black
_SHIFT_1X = _SHIFT.replace(border_mode="reflect_101")
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
_CROP = Transform("RandomCrop", {"padding": 4, "border_mode": "reflect_101"})

_add("none", "No augmentation", "The images as they are, only normalized.")
_add(
    "assignment", "The assignment's",
    "Horizontal flip, shift-scale-rotate and one 16x16 hole filled with the data set's mean.",
    _FLIP, _SHIFT, _HOLE,
)  # fmt: skip
_add(
    "seed_000", "Document 000",
    "Cutout, flip, shift-scale-rotate. The document gives no numbers: these are the defaults of "
    "albumentations 1.x, whose Cutout cuts eight black 8x8 holes.",
    Transform(
        "CoarseDropout",
        {"num_holes_range": (8, 8), "hole_height_range": (8, 8), "hole_width_range": (8, 8)},
    ),
    _FLIP, _SHIFT_1X,
)  # fmt: skip
_add(
    "seed_001", "Document 001",
    "The document says that albumentations was used, and names no transform: the assignment's "
    "three stand in.",
    _FLIP, _SHIFT, _HOLE,
)  # fmt: skip
_add(
    "seed_002", "Document 002",
    "Flip, shift-scale-rotate, color jitter and the assignment's hole. The document gives no "
    "numbers: the jitter is 0.2 each, albumentations 1.x's default.",
    _FLIP, _SHIFT_1X,
    Transform("ColorJitter", {"brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "hue": 0.2}),
    _HOLE,
)  # fmt: skip
_add(
    "seed_003", "Document 003",
    "Flip, shift-scale-rotate, the assignment's hole and, on batches, CutMix (optional in the "
    "document, which gives no numbers).",
    _FLIP, _SHIFT_1X, _HOLE, Transform("CutMix"),
)  # fmt: skip
_add(
    "seed_004", "Document 004",
    "As its code was run under albumentations 1.x: the hole is cut after Normalize and filled "
    "with the mean as it was before. See what color it has on the Order tab.",
    Transform("HorizontalFlip", {"p": 0.4}),
    _SHIFT_1X,
    Transform("Normalize"),
    _HOLE.replace(fill="unscaled_mean"),
    Transform("ToGray"),
)  # fmt: skip
_add(
    "crop_flip", "Crop and flip",
    "The usual CIFAR-10 pair: a crop from 4 reflected pixels of rim, and a flip.",
    _CROP, _FLIP,
)  # fmt: skip
_add(
    "crop_flip_hole", "Crop, flip, small hole",
    "Crop and flip, and an 8x8 hole filled with the mean in every other image: enough for a small "
    "network, and less in its way than the assignment's.",
    _CROP, _FLIP, _HOLE.replace(hole_height_range=(8, 8), hole_width_range=(8, 8)),
)  # fmt: skip
_add(
    "assignment_reflect", "The assignment's, reflected",
    "The assignment's three, with reflected instead of black corners and gentler turns (15 "
    "degrees).",
    _FLIP, _SHIFT_1X.replace(rotate_limit=(-15, 15)), _HOLE,
)  # fmt: skip
_add(
    "strong", "Strong",
    "Crop, flip, turns, colors and a hole: for long runs of a network that overfits.",
    _CROP, _FLIP,
    Transform(
        "Affine",
        {"rotate": (-15, 15), "scale": (0.85, 1.15), "keep_ratio": True,
         "border_mode": "reflect_101", "p": 0.5},
    ),
    Transform(
        "ColorJitter",
        {"brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "hue": 0.05, "p": 0.5},
    ),
    _HOLE.replace(hole_height_range=(8, 16), hole_width_range=(8, 16)),
)  # fmt: skip
_add(
    "sprint", "The sprint recipe's",
    "A flip and a shift by up to 2 pixels; the assignment's other two only now and then, so that "
    "a network of few epochs is not held up.",
    _CROP.replace(padding=2), _FLIP,
    _SHIFT_1X.replace(rotate_limit=(-10, 10), p=0.25),
    _HOLE.replace(p=0.1),
)  # fmt: skip
_add(
    "summit", "The summit recipe's",
    "For a long run: a flip and a shift by up to 4 pixels; a turn with a change of size, which "
    "blurs, and the assignment's hole in one image of four each; CutMix on one batch of four.",
    _CROP, _FLIP,
    _SHIFT_1X.replace(rotate_limit=(-10, 10), p=0.25),
    _HOLE.replace(p=0.25),
    Transform("CutMix").replace(p=0.25),
)  # fmt: skip
