"""Copies of networks, and networks whose sizes are found in their first pass."""

import copy
import itertools
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, is_lazy

from core.errors import LabError

_IMAGES = (2, 3, 32, 32)


def copied(model: nn.Module) -> nn.Module:
    """A deep copy. What a module made of its parameters (weight_norm's weight) becomes numbers."""
    known: dict[int, object] = {}
    for module in model.modules():
        for value in (*vars(module).values(), *module.buffers(recurse=False)):
            if isinstance(value, UninitializedBuffer):
                known[id(value)] = UninitializedBuffer(False, value.device, value.dtype)  # type: ignore[arg-type]
            elif isinstance(value, Tensor) and not value.is_leaf:
                known[id(value)] = value.detach().clone()
    return copy.deepcopy(model, known)


def materialize(model: nn.Module, name: str) -> nn.Module:
    """Give lazy layers (nn.LazyConv2d) their sizes, for images of 32x32 pixels; the same model.

    Raises LabError if the pass that finds the sizes fails.
    """
    if not is_lazy_model(model):
        return model
    training = model.training
    device = next(iter(_tensors(model))).device
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(_IMAGES, device=device))
    except Exception as error:
        raise LabError(
            f"{name} leaves sizes of its layers to the first pass (nn.Lazy...), and that pass "
            f"fails: {' '.join(str(error).split())[:300]}; write them down, or correct forward."
        ) from error
    unused = [key for key, value in model.named_parameters() if is_lazy(value)]
    if unused:
        raise LabError(
            f"{name} leaves the size of {unused[0]} to the first pass, which never comes to it; "
            "write the size down, or call the layer in forward."
        )
    return model.train(training)


def is_lazy_model(model: nn.Module) -> bool:
    """Whether sizes of its layers are still to be found."""
    return any(is_lazy(tensor) for tensor in _tensors(model))


def _tensors(model: nn.Module) -> Iterator[Tensor]:
    return itertools.chain(model.parameters(), model.buffers())
