"""MixUp and CutMix: images of a batch mixed with each other, and their labels with them.

As their authors' code does it, each batch draws one share (and, for CutMix, one rectangle) and
one permutation that says which image meets which.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.augment.policy import Policy
from core.augment.transforms.draws import Shape


@dataclass(frozen=True, eq=False)
class Mixture:
    """How one batch is mixed.

    `partner`: int64 (B,), the image that each image meets. `share`: what is left of the image
    itself, from 0 to 1. `box`: left, top, right, bottom of the pasted rectangle in pixels, or None
    where the whole image is blended.
    """

    partner: NDArray[np.int64]
    share: float
    box: tuple[int, int, int, int] | None = None


def mix_up(p: Mapping[str, Any], count: int, shape: Shape, rng: np.random.Generator) -> Mixture:
    """Zhang et al. 2018, arXiv:1710.09412: share ~ Beta(alpha, alpha)."""
    return Mixture(rng.permutation(count), float(rng.beta(p["alpha"], p["alpha"])))


def cut_mix(p: Mapping[str, Any], count: int, shape: Shape, rng: np.random.Generator) -> Mixture:
    """Yun et al. 2019, arXiv:1905.04899: a rectangle of area 1 - Beta(alpha, alpha), cut at the
    image's edges; the share is then counted in pixels."""
    height, width = shape
    partner = rng.permutation(count)
    side = np.sqrt(1.0 - rng.beta(p["alpha"], p["alpha"]))
    tall, wide = int(height * side), int(width * side)
    x, y = int(rng.integers(width)), int(rng.integers(height))
    left, right = max(x - wide // 2, 0), min(x + wide // 2, width)
    top, bottom = max(y - tall // 2, 0), min(y + tall // 2, height)
    share = 1.0 - (right - left) * (bottom - top) / (height * width)
    return Mixture(partner, share, (left, top, right, bottom))


_MIXTURES: dict[str, Callable[..., Mixture]] = {"MixUp": mix_up, "CutMix": cut_mix}


def draw_mixtures(
    policy: Policy, count: int, shape: Shape, rng: np.random.Generator
) -> list[tuple[str, Mixture]]:
    """The mixtures that a batch of `count` images goes through, by the transform's name."""
    drawn = []
    for entry in policy.transforms:
        if entry.record.level == "batch" and rng.random() < entry.parameters["p"]:
            drawn.append((entry.name, _MIXTURES[entry.name](entry.parameters, count, shape, rng)))
    return drawn


def mixed(images: Tensor, targets: Tensor, mixture: Mixture) -> tuple[Tensor, Tensor]:
    """Float images (B, 3, H, W) and shares of classes (B, C), mixed."""
    partner = torch.from_numpy(mixture.partner).to(images.device)
    share = mixture.share
    others = images.index_select(0, partner)
    if mixture.box is None:
        images = torch.lerp(others, images, share)
    else:
        left, top, right, bottom = mixture.box
        images = images.clone()
        images[..., top:bottom, left:right] = others[..., top:bottom, left:right]
    return images, torch.lerp(targets.index_select(0, partner), targets, share)


def mix(
    policy: Policy, images: Tensor, targets: Tensor, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """A batch through the policy's MixUp and CutMix; `targets` (B, classes) are shares."""
    shape = (images.shape[-2], images.shape[-1])
    for _, mixture in draw_mixtures(policy, len(images), shape, rng):
        images, targets = mixed(images, targets, mixture)
    return images, targets


@dataclass(frozen=True, eq=False)
class MixedPreview:
    """`images`: uint8 (B, 3, H, W) mixed; `targets`: float32 (B, classes), shares that add to 1;
    `mixture`: how."""

    images: Tensor
    targets: Tensor
    mixture: Mixture


def preview(
    name: str, alpha: float, images: Tensor, labels: Tensor, classes: int, seed: int
) -> MixedPreview:
    """uint8 images (B, 3, H, W) through MixUp or CutMix, to be looked at.

    Mixing gray levels is mixing normalized values, as normalizing is the same for both images.
    """
    shape = (images.shape[-2], images.shape[-1])
    rng = np.random.default_rng((seed, len(images)))
    mixture = _MIXTURES[name]({"alpha": alpha}, len(images), shape, rng)
    shares = torch.nn.functional.one_hot(labels, classes).to(torch.float32)
    made, targets = mixed(images.to(torch.float32), shares, mixture)
    return MixedPreview(made.round().clamp(0, 255).to(torch.uint8), targets, mixture)
