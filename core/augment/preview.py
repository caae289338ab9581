"""A few images through a policy, to be looked at: pictures, and in words what was sampled."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.augment.engine.catalogue import choose_engine, make_engine
from core.augment.engine.mixing import mixed
from core.augment.engine.protocol import Seed
from core.augment.policy import Policy, Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.transforms.normalize import statistics
from core.augment.transforms.record import Mixture
from core.augment.types import RGB

SKIPPED = "skipped this time"


@dataclass(frozen=True)
class Applied:
    """What one transform did to one image, if it `changed` it.

    `words` says it ("turned 7.2 degrees left", or that it was skipped); `values` holds the numbers,
    empty where the image was left alone.
    """

    name: str
    changed: bool
    words: str
    values: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Preview:
    """`images`: uint8 (N, 3, H, W) as the network sees them, turned back into pixel values.

    `records`: for each image, one Applied a transform of the policy. `stages`: the images after
    each of these transforms, likewise. `engine` carried it out; `note` says why, or "".
    """

    images: Tensor
    records: tuple[tuple[Applied, ...], ...]
    stages: tuple[Tensor, ...]
    engine: str
    note: str


def apply(
    policy: Policy, images: Tensor, mean: RGB, std: RGB, seed: int, engine: str = "auto"
) -> Preview:
    """uint8 `images` (N, 3, H, W) through the policy; MixUp and CutMix are left out.

    Each image has random numbers of its own for each transform, so that changing one transform's
    parameters, or adding one at the end, leaves what is sampled for the others as it was. `mean`
    and `std` are the data set's, from 0 to 1. Raises LabError for an unknown engine.
    """
    used, note = choose_engine(policy, engine)
    steps = policy.image_steps
    runs = make_engine(used, policy, mean, std, torch.device("cpu"))
    records: list[list[Applied]] = [[] for _ in range(len(images))]
    stages: list[Tensor] = []
    normalized = False
    for step, stage in zip(steps, runs.stages(images.cpu(), _seeds(steps, seed)), strict=True):
        normalized = normalized or step.record.level == "normalize"
        now = as_seen(stage.images, policy, mean, std) if normalized else _gray(stage.images)
        stages.append(now)
        for index, values in enumerate(stage.values):
            words = SKIPPED if values is None else step.describe(values)
            records[index].append(Applied(step.name, values is not None, words, values or {}))
    last = stages[-1] if stages else images
    return Preview(last, tuple(map(tuple, records)), tuple(stages), used, note)


def _seeds(steps: tuple[Transform, ...], seed: int) -> Callable[[int, int], Seed]:
    def of(place: int, index: int) -> Seed:
        name = steps[place].name
        # The name is part of the seed so that a transform put in front does not shift the others'
        letters = int.from_bytes(name.encode()[:8].ljust(8), "big")
        return seed, index, letters, sum(entry.name == name for entry in steps[:place])

    return of


def as_seen(images: Tensor, policy: Policy, mean: RGB, std: RGB) -> Tensor:
    """Normalized images as uint8 again: the policy's normalization undone, clipped to 0..255."""
    for entry in policy.transforms:
        if entry.record.level == "normalize":
            mean, std = statistics(entry.parameters, mean, std)
    shape = (1, 3, 1, 1)
    levels = images.cpu() * torch.tensor(std).view(shape) + torch.tensor(mean).view(shape)
    return _gray(levels * 255.0)


def _gray(images: Tensor) -> Tensor:
    return images.round().clamp(0, 255).to(torch.uint8)


@dataclass(frozen=True, eq=False)
class MixedPreview:
    """`images`: uint8 (B, 3, H, W) mixed; `targets`: float32 (B, classes), shares that add to 1;
    `mixture`: how."""

    images: Tensor
    targets: Tensor
    mixture: Mixture


def mix(
    name: str, alpha: float, images: Tensor, labels: Tensor, classes: int, seed: int
) -> MixedPreview:
    """uint8 images (B, 3, H, W) through the batch transform of that name, to be looked at.

    Mixing pixel values is mixing normalized values, as normalizing is the same for both images.
    """
    shape = (images.shape[-2], images.shape[-1])
    rng = np.random.default_rng((seed, len(images)))
    sample = TRANSFORMS[name].mix
    assert sample is not None
    mixture = sample({"alpha": alpha}, len(images), shape, rng)
    shares = torch.nn.functional.one_hot(labels, classes).to(torch.float32)
    made, targets = mixed(images.to(torch.float32), shares, mixture)
    return MixedPreview(_gray(made), targets, mixture)
