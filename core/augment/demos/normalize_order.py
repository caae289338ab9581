"""Why the order matters: what a hole's color is before and after Normalize.

Document 004 cuts its hole after Normalize and fills it with the data set's mean as it was before.
After Normalize the mean is 0, and what was the mean is a color well above it.
"""

from dataclasses import dataclass

from core.augment.policies import named
from core.augment.policy import Policy, Transform
from core.augment.transforms.parameters import resolve_fill
from core.augment.types import RGB


@dataclass(frozen=True)
class Order:
    """One way to cut a hole: the policy, and the hole's color.

    `normalized`: what the network is given inside the hole, per channel. `levels`: the same as
    pixel values from 0 to 255. `right`: whether that is the data set's mean.
    """

    title: str
    explanation: str
    policy: Policy
    normalized: RGB
    levels: RGB
    right: bool


def orders(mean: RGB, std: RGB) -> tuple[Order, ...]:
    """The right way, document 004's, its repair, and the mirror image of its mistake."""
    hole = next(x for x in named("assignment").transforms if x.name == "CoarseDropout")
    hole = hole.replace(p=1.0)
    normalize = Transform("Normalize")
    wrong = hole.replace(fill="unscaled_mean")
    return (
        _order("Hole, then Normalize", "The assignment: filled with mean x 255.",
               (hole, normalize), mean, std),
        _order("Normalize, then hole", "Document 004: filled with the mean from 0 to 1.",
               (normalize, wrong), mean, std),
        _order("Normalize, then hole of 0", "After Normalize the mean is 0.",
               (normalize, hole.replace(fill=0.0)), mean, std),
        _order("Hole of 0.49, then Normalize", "The mean not x 255: from 0 to 255 that is black.",
               (wrong, normalize), mean, std),
    )  # fmt: skip


def _order(
    title: str, explanation: str, transforms: tuple[Transform, ...], mean: RGB, std: RGB
) -> Order:
    policy = Policy(transforms)
    hole = next(entry for entry in transforms if entry.name == "CoarseDropout")
    fill = resolve_fill(hole.parameters["fill"], mean)
    assert isinstance(fill, tuple)
    if transforms[0].name == "Normalize":
        normalized = [float(x) for x in fill]
    else:  # albumentations casts the color to uint8
        normalized = [(int(x) / 255 - m) / s for x, m, s in zip(fill, mean, std, strict=True)]
    levels = [255 * (x * s + m) for x, m, s in zip(normalized, mean, std, strict=True)]
    right = all(abs(x) < 0.05 for x in normalized)
    return Order(title, explanation, policy, _triple(normalized), _triple(levels), right)


def _triple(values: list[float]) -> RGB:
    red, green, blue = values
    return red, green, blue
