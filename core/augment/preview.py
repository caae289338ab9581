"""A few images through a policy, to be looked at: the pictures, and what was drawn in words."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.augment.engine.loader import choose_engine
from core.augment.policy import Policy, Transform
from core.augment.transforms import operations
from core.augment.transforms.draws import Drawn, Values, draw
from core.augment.transforms.setting import Mean, Setting
from core.augment.transforms.words import describe


@dataclass(frozen=True)
class Applied:
    """What one transform did to one image.

    `words` says it ("turned 7.2 degrees anticlockwise", or "not drawn"); `values` holds the
    numbers, empty where the image was left alone.
    """

    name: str
    drawn: bool
    words: str
    values: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Preview:
    """`images`: uint8 (N, 3, H, W) as the network sees them, turned back into gray levels.

    `records`: for each image, one Applied a transform of the policy. `stages`: the images after
    each of these transforms, likewise. `engine` carried it out; `note` says why, or "".
    """

    images: Tensor
    records: tuple[tuple[Applied, ...], ...]
    stages: tuple[Tensor, ...]
    engine: str
    note: str


def apply(
    policy: Policy, images: Tensor, mean: Mean, std: Mean, seed: int, engine: str = "auto"
) -> Preview:
    """uint8 `images` (N, 3, H, W) through the policy; MixUp and CutMix are left out.

    Each image has random numbers of its own for each transform, so that changing one transform's
    parameters, or adding one at the end, leaves what the others draw as it was. `mean` and `std`
    are the data set's, from 0 to 1. Raises LabError for an unknown engine.
    """
    used, note = choose_engine(policy, engine)
    run = _batched if used == "batched" else _per_image
    steps = tuple(entry for entry in policy.transforms if entry.record.level != "batch")
    records: list[list[Applied]] = [[] for _ in range(len(images))]
    stages = []
    normalized = False
    for step, (now, values) in zip(steps, run(steps, images, mean, std, seed), strict=True):
        normalized = normalized or step.record.level == "normalize"
        stages.append(as_seen(now, policy, mean, std) if normalized else _gray(now))
        for index, numbers in enumerate(values):
            words = "not drawn" if numbers is None else describe(step, numbers)
            records[index].append(Applied(step.name, numbers is not None, words, numbers or {}))
    last = stages[-1] if stages else images
    return Preview(last, tuple(map(tuple, records)), tuple(stages), used, note)


def as_seen(images: Tensor, policy: Policy, mean: Mean, std: Mean) -> Tensor:
    """Normalized images as uint8 again: the policy's normalization undone, clipped to 0..255."""
    for entry in policy.transforms:
        if entry.record.level == "normalize":
            mean = mean if entry.parameters["mean"] == "data" else entry.parameters["mean"]
            std = std if entry.parameters["std"] == "data" else entry.parameters["std"]
    shape = (1, 3, 1, 1)
    levels = images.cpu() * torch.tensor(std).view(shape) + torch.tensor(mean).view(shape)
    return _gray(levels * 255.0)


def _gray(images: Tensor) -> Tensor:
    return images.round().clamp(0, 255).to(torch.uint8)


_Stage = tuple[Tensor, list[Values | None]]


def _seeds(seed: int, step: int, name: str, count: int) -> list[np.random.Generator]:
    # The name is part of the seed so that a transform put in front does not shift the others'
    letters = int.from_bytes(name.encode()[:8].ljust(8), "big")
    return [np.random.default_rng((seed, index, letters, step)) for index in range(count)]


def _occurrence(steps: tuple[Transform, ...], position: int) -> int:
    return sum(entry.name == steps[position].name for entry in steps[:position])


def _batched(
    steps: tuple[Transform, ...], images: Tensor, mean: Mean, std: Mean, seed: int
) -> Iterator[_Stage]:
    now = images.to(torch.float32)
    shape = (images.shape[-2], images.shape[-1])
    setting = Setting(mean, std)
    for position, step in enumerate(steps):
        generators = _seeds(seed, _occurrence(steps, position), step.name, len(images))
        drawn = [draw(step, 1, rng, shape) for rng in generators]
        rows = np.array([i for i, one in enumerate(drawn) if len(one.rows)], dtype=np.int64)
        values = {
            name: np.concatenate([drawn[i].values[name] for i in rows])
            for name in (drawn[rows[0]].values if len(rows) else ())
        }
        now = operations.apply(step, now.clone(), Drawn(rows, values), setting)
        if step.record.level == "normalize":
            setting = Setting(mean, std, normalized=True)
        yield (
            now,
            [
                {name: x[0] for name, x in one.values.items()} if len(one.rows) else None
                for one in drawn
            ],
        )


def _per_image(
    steps: tuple[Transform, ...], images: Tensor, mean: Mean, std: Mean, seed: int
) -> Iterator[_Stage]:
    from core.augment.engine.albumentations import step as build
    from core.augment.transforms.applied import forget, values_of

    now: list[NDArray[Any]] = list(images.permute(0, 2, 3, 1).contiguous().cpu().numpy())
    for position, step in enumerate(steps):
        made = build(step, mean, std)
        values: list[Values | None] = []
        for index, rng in enumerate(
            _seeds(seed, _occurrence(steps, position), step.name, len(now))
        ):
            made.set_random_state(rng, random.Random(int(rng.integers(2**63))))
            before = now[index]
            forget(step, made)
            now[index] = made(image=before)["image"]
            values.append(values_of(step, made, before))
        stacked = torch.from_numpy(np.stack(now)).permute(0, 3, 1, 2)
        yield stacked.to(torch.float32), values
