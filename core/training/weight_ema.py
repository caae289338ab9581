"""The average of the weights over the last steps, which is often better than the last of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightEMA:
    """An exponential moving average of everything in a network's state.

    Running means and variances of batch normalization are averaged as the weights are, and not
    copied: they belong to the activations of the weights that were there, and the newest do not
    fit weights that lag behind. Counters are copied.

    The decay rises to `decay` as (1 + steps) / (10 + steps): in a short run the weights before the
    first step would else still be a good part of the average.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._decay = decay
        state = {name: tensor.detach() for name, tensor in model.state_dict().items()}
        self.tensors = {name: tensor.clone() for name, tensor in state.items()}
        real = [name for name, tensor in state.items() if tensor.is_floating_point()]
        self._newest = [state[name] for name in real]  # share their memory with the model's
        self._means = [self.tensors[name] for name in real]
        self._state = state
        self._counters = [name for name in state if name not in real]

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over an average that was kept."""
        for name, tensor in self.tensors.items():
            tensor.copy_(tensors[name])

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after `step`, counted from 1 over the whole run."""
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._means, self._newest, 1 - decay)
        for name in self._counters:
            self.tensors[name].copy_(self._state[name])

    @contextmanager
    @torch.no_grad()
    def in_place(self) -> Iterator[None]:
        """Inside, the model has the averaged weights; afterwards its own, to the bit."""
        own = {name: tensor.clone() for name, tensor in self._state.items()}
        try:
            for name, tensor in self._state.items():
                tensor.copy_(self.tensors[name])
            yield
        finally:
            for name, tensor in self._state.items():
                tensor.copy_(own[name])
