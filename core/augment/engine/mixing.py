"""MixUp and CutMix carried out: a batch, and its labels as shares of classes."""

import numpy as np
import torch
from torch import Tensor

from core.augment.policy import Policy
from core.augment.transforms.record import Mixture


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
    count, shape = len(images), (images.shape[-2], images.shape[-1])
    sampled = [
        step.record.mix(step.parameters, count, shape, rng)
        for step in policy.transforms
        if step.record.mix and rng.random() < step.parameters["p"]
    ]
    for mixture in sampled:
        images, targets = mixed(images, targets, mixture)
    return images, targets
