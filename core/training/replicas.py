"""Copies of a network on a processor, each learning from a part of the batch at the same time.

Cores that share a layer wait for each other several times in each; with a part of the batch for
themselves they meet once a step. As in training on several cards (Goyal et al. 2017,
arXiv:1706.02677, section 3), gradients are averaged over the batch, and batch normalization sees a
part alone. Its running mean and variance are averaged over the parts.
"""

import copy
from collections.abc import Callable
from concurrent.futures import wait

import torch
from torch import Tensor, nn

from core import threads

SMALLEST_PART = 16  # images; statistics of fewer are too noisy to normalize by

# (network, inputs, targets, share of the batch) to (logits, share of the loss), gradients left
# in the network
Back = Callable[[nn.Module, Tensor, Tensor, float], tuple[Tensor, Tensor]]


class Replicas:
    """`model` and `count - 1` copies that share its weights, each with a thread of its own.

    A thread gets an equal share of torch's threads. `close` it when nothing more is learned.
    """

    def __init__(self, model: nn.Module, count: int) -> None:
        self._models = [model, *(_sharing(model) for _ in range(count - 1))]
        self._parameters = [list(each.parameters()) for each in self._models]
        self._means = [
            [b for b in each.buffers() if b.is_floating_point()] for each in self._models
        ]
        self._pool = threads.pool(count, max(torch.get_num_threads() // count, 1))

    def __len__(self) -> int:
        return len(self._models)

    def split(self, images: int) -> bool:
        """Whether a batch of so many is large enough to be split."""
        return images >= SMALLEST_PART * len(self)

    def learn(self, inputs: Tensor, targets: Tensor, back: Back) -> tuple[Tensor, Tensor]:
        """What `back` gives for the whole batch, with the gradients left in the model.

        Parts are added up in their order, whichever is done first, so that the same batch gives the
        same gradients.
        """
        model, *others = self._models
        for each, means in zip(others, self._means[1:], strict=True):
            if each.training != model.training:
                each.train(model.training)
            if means:
                torch._foreach_copy_(means, self._means[0])
        jobs = [
            self._pool.submit(back, each, x, y, len(x) / len(inputs))
            for each, x, y in zip(
                self._models,
                inputs.tensor_split(len(self)),
                targets.tensor_split(len(self)),
                strict=True,
            )
        ]
        wait(jobs)  # all of them, so that none is at work when one has failed
        logits, losses = zip(*(job.result() for job in jobs), strict=True)
        self._gather()
        return torch.cat(logits), torch.stack(losses).sum()

    def close(self) -> None:
        """End the threads; the model stays as it is."""
        self._pool.shutdown()

    @torch.no_grad()
    def _gather(self) -> None:
        for parameters in self._parameters[1:]:
            sums, terms = [], []
            for ours, theirs in zip(self._parameters[0], parameters, strict=True):
                if ours.grad is None:
                    ours.grad = theirs.grad
                elif theirs.grad is not None:
                    sums.append(ours.grad)
                    terms.append(theirs.grad)
                theirs.grad = None
            if sums:
                torch._foreach_add_(sums, terms)
        if self._means[0]:
            for means in self._means[1:]:
                torch._foreach_add_(self._means[0], means)
            torch._foreach_div_(self._means[0], len(self))


def is_random(model: nn.Module, shape: tuple[int, ...]) -> bool:
    """Whether a forward pass in training draws random numbers, as dropout does; images of `shape`.

    Threads would draw them in any order, and the same seed would not give the same run.
    """
    state = torch.get_rng_state()
    with torch.no_grad():
        copy.deepcopy(model).train()(torch.zeros(SMALLEST_PART, *shape))
    drew = not torch.equal(torch.get_rng_state(), state)
    torch.set_rng_state(state)
    return drew


def _sharing(model: nn.Module) -> nn.Module:
    """A copy whose parameters lie where the model's do, with gradients of their own."""
    copied = copy.deepcopy(model)
    for ours, theirs in zip(copied.parameters(), model.parameters(), strict=True):
        ours.data = theirs.data
    return copied
