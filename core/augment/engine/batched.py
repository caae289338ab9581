"""The batched engine: a whole batch through a policy as tensor operations, on any device.

Numbers are sampled on the CPU, so that a seed gives the same augmentation on every device; pixels
are read as uint8 where they lie and become float32 once, in the batch that is handed out, which is
then worked on in place.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.augment.engine.protocol import Seed, Stage
from core.augment.functional.parts import parts
from core.augment.policy import Policy, Transform
from core.augment.transforms.record import Context, SampledParams
from core.augment.types import RGB, Shape

_ROWS = 8  # images that grid_sample takes without its threads; 24,576 elements


def sample(step: Transform, count: int, rng: np.random.Generator, shape: Shape) -> SampledParams:
    """Whether and how each of `count` images of `shape` is changed."""
    probability = float(step.parameters.get("p", 1.0))
    rows = np.flatnonzero(rng.random(count) < probability)
    values = step.record.make_params(step.parameters, len(rows), rng, shape)
    return SampledParams(rows, values)


def apply(step: Transform, images: Tensor, sampled: SampledParams, context: Context) -> None:
    """One transform done, in place, to those of `images` (N, 3, H, W) that were sampled.

    Like albumentations on uint8, pixel values stay whole between steps.
    """
    record, p, rows = step.record, step.parameters, sampled.rows
    if not len(rows):
        return
    if record.apply_in_place is not None:
        record.apply_in_place(images, sampled, p, context)
        return
    assert record.apply is not None
    values = record.prepare(sampled.values, p, (images.shape[-2], images.shape[-1]))
    size = _ROWS if images.device.type == "cpu" else len(rows)
    for start in range(0, len(rows), size):
        part = slice(start, start + size)
        places = torch.from_numpy(rows[part]).to(images.device)
        mine = {name: numbers[part] for name, numbers in values.items()}
        chosen = images.index_select(0, places)
        images.index_copy_(0, places, record.apply(chosen, mine, p, context))


def run(
    steps: Iterable[Transform],
    images: Tensor,
    make_params: Callable[[int, Transform], SampledParams],
    context: Context,
) -> Iterator[SampledParams]:
    """float32 `images` through the steps, in place; what was sampled, after each of them."""
    for place, step in enumerate(steps):
        sampled = make_params(place, step)
        apply(step, images, sampled, context)
        if step.record.level == "normalize":
            context = replace(context, normalized=True)
        yield sampled


class BatchedEngine:
    """See core/augment/engine/protocol.py."""

    def __init__(self, policy: Policy, mean: RGB, std: RGB, device: torch.device) -> None:
        self.reads_from = device
        self._own, self._all = policy.image_steps, policy.normalized_steps
        self._context = Context(mean, std)

    def batches(
        self, images: Tensor, jobs: Iterable[tuple[NDArray[np.int64], Seed]]
    ) -> Iterator[Tensor]:
        for rows, seed in jobs:
            chosen = torch.from_numpy(rows).to(images.device, non_blocking=True)
            yield self._augment(images, chosen, np.random.default_rng(seed))

    def _augment(self, images: Tensor, rows: Tensor, rng: np.random.Generator) -> Tensor:
        count, shape = len(rows), (images.shape[-2], images.shape[-1])
        made = torch.empty(count, *images.shape[1:], device=images.device)
        with torch.inference_mode():  # a third less time an operation; `made` is from outside of it
            for part in parts(made, images[0].numel()):
                made[part].copy_(images.index_select(0, rows[part]))
            for _ in run(
                self._all, made, lambda _, step: sample(step, count, rng, shape), self._context
            ):
                pass
        return made

    def stages(self, images: Tensor, seed: Callable[[int, int], Seed]) -> Iterator[Stage]:
        now = images.to(torch.float32)
        shape = (images.shape[-2], images.shape[-1])
        each: list[SampledParams] = []

        def make_params(place: int, step: Transform) -> SampledParams:
            each[:] = (
                sample(step, 1, np.random.default_rng(seed(place, index)), shape)
                for index in range(len(images))
            )
            rows = np.array([i for i, one in enumerate(each) if len(one.rows)], dtype=np.int64)
            names = each[rows[0]].values if len(rows) else ()
            together = {
                name: np.concatenate([each[i].values[name] for i in rows]) for name in names
            }
            return SampledParams(rows, together)

        for _ in run(self._own, now, make_params, self._context):
            yield Stage(
                now.clone(),
                [
                    {name: x[0] for name, x in one.values.items()} if len(one.rows) else None
                    for one in each
                ],
            )

    def close(self) -> None:
        """There is nothing to end."""
