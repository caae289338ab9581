"""The gradient probe in place of propagation, where an operator cannot be followed.

The last map before pooling is found by its shape, since what its positions see is not known. The
answer counts only if the probed window lies inside the image and stays the same on a larger one.
"""

import torch
from torch import nn

from core.analysis.receptive_field.gradient_probe import Probe, window_of
from core.analysis.receptive_field.propagation.trace import Trace
from core.errors import LabError

_SIZES = (64, 96, 160, 288)  # pixels a side


def field_by_probe(model: nn.Module, image_size: tuple[int, int]) -> tuple[int, int] | None:
    """Height and width of what the middle of the last map sees; None where that is not found."""
    sizes = [size for size in _SIZES if size >= max(image_size)]
    if len(sizes) < 2:
        return None
    probe = Probe(model)
    before: tuple[int, int] | None = None
    for size in sizes:
        try:
            found = _probed(probe, size)
        except (LabError, RuntimeError):
            return None  # a network that takes images of one size only
        if found is not None and found == before:
            return found
        before = found
    return None


def _probed(probe: Probe, size: int) -> tuple[int, int] | None:
    """The size of the window of the last map's middle; None where it reaches the image's edges."""
    tracer, picture = probe.run((size, size), None)
    if tracer.trace.error is not None:
        return None
    maps = {node: tensor for node, tensor in tracer.tensors().items() if _is_map(tensor.shape)}
    last = _last_map(tracer.trace, set(maps))
    if last is None or not maps[last].requires_grad:
        return None
    tensor = maps[last]
    middle = tensor[:, :, tensor.shape[2] // 2, tensor.shape[3] // 2]
    (gradient,) = torch.autograd.grad(middle.sum(), picture, allow_unused=True)
    windows = [window_of(gradient, dims) for dims in ((0, 1, 3), (0, 1, 2))]
    inside = [window and 0 < window[0] <= window[1] < size - 1 for window in windows]
    if not all(inside):
        return None
    height, width = (window[1] - window[0] + 1 for window in windows if window)
    return height, width


def _last_map(trace: Trace, maps: set[int]) -> int | None:
    """Walking back from the output, the first map on each way; of those the last that was made."""
    found, waiting, visited = [], [trace.output], set[int]()
    while waiting:
        index = waiting.pop()
        if index < 0 or index in visited:
            continue
        visited.add(index)
        if index in maps:
            found.append(index)
        else:
            waiting += trace.nodes[index].inputs
    return max(found, default=None)


def _is_map(shape: torch.Size) -> bool:
    return len(shape) == 4 and shape[2] > 1 and shape[3] > 1
