"""The batched engine: a whole batch through a policy as tensor operations, on any device.

Numbers are drawn on the CPU, so that a seed gives the same augmentation on every device; pixels
are read as uint8 where they lie and become float32 once, in the batch that is handed out, which is
then worked on in place.
"""

import numpy as np
import torch
from torch import Tensor

from core.augment.policy import Policy, Transform
from core.augment.transforms.draws import Drawn, Shape, draw
from core.augment.transforms.operations import apply
from core.augment.transforms.setting import Mean, Setting, parts

NORMALIZE = Transform("Normalize")


def image_steps(policy: Policy) -> tuple[Transform, ...]:
    """The policy's steps for single images, ending in a Normalize whether it names one or not."""
    steps = tuple(entry for entry in policy.transforms if entry.record.level != "batch")
    return steps if policy.normalizes else (*steps, NORMALIZE)


def draw_all(
    steps: tuple[Transform, ...], count: int, rng: np.random.Generator, shape: Shape
) -> list[Drawn]:
    """What each step does to each of `count` images."""
    return [draw(step, count, rng, shape) for step in steps]


def augment(
    steps: tuple[Transform, ...],
    images: Tensor,
    rows: Tensor,
    rng: np.random.Generator,
    mean: Mean,
    std: Mean,
) -> Tensor:
    """float32 (B, 3, H, W): the `rows` (int64, B) of uint8 `images`, through `steps`.

    `mean` and `std` are the data set's, from 0 to 1. The draw depends on `rng` and B alone.
    """
    shape = (images.shape[-2], images.shape[-1])
    drawn = draw_all(steps, len(rows), rng, shape)
    made = torch.empty(len(rows), *images.shape[1:], device=images.device)
    setting = Setting(mean, std)
    with torch.inference_mode():  # a third less time an operation; `made` is from outside of it
        for part in parts(made, images[0].numel()):
            made[part].copy_(images.index_select(0, rows[part]))
        for step, what in zip(steps, drawn, strict=True):
            apply(step, made, what, setting)
            if step.record.level == "normalize":
                setting = Setting(mean, std, normalized=True)
    return made
