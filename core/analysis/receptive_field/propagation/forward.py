"""One forward pass of a network, traced.

The pass runs on torch's meta device (shapes without numbers), so it costs milliseconds and no
memory; a network whose forward asks for numbers is run on real zeros instead.
"""

import itertools

import torch
from torch import nn

from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.trace import Trace
from core.analysis.receptive_field.propagation.tracer import Tracer
from core.networks.copying import copied

BATCH = 2  # so that squeezing or flattening the batch away shows, as it would in training


def trace(model: nn.Module, image_size: tuple[int, int] = (32, 32), channels: int = 3) -> Trace:
    """One forward pass of a copy of `model`, in eval mode; the model itself is left as it was.

    An exception of the network's own is not raised but kept, with what was seen before it.
    """
    own = copied(model).eval()
    found = _watch(_on_meta(own), image_size, channels, "meta")
    if found.error is None:
        return found
    # Numbers may be asked for in forward, and torch's own messages are clearer off the meta device.
    if not _holds_meta(model):
        return _watch(copied(model).eval(), image_size, channels, "cpu")
    filled = own.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in itertools.chain(filled.parameters(), filled.buffers()):
            tensor.zero_()
    return _watch(filled, image_size, channels, "cpu")


def _on_meta(model: nn.Module) -> nn.Module:
    return model if _holds_meta(model) else copied(model).to("meta")


def _holds_meta(model: nn.Module) -> bool:
    return any(t.is_meta for t in itertools.chain(model.parameters(), model.buffers()))


def _watch(model: nn.Module, size: tuple[int, int], channels: int, device: str) -> Trace:
    tracer = Tracer(model)
    try:
        with torch.no_grad(), torch.device(device):
            picture = torch.zeros(BATCH, channels, *size)
            tracer.track(picture, g.image(BATCH, channels, *size), -1)
            with tracer:
                result = model(picture)
        tracer.finish(result)
    except Exception as error:  # a student's forward may raise anything
        tracer.trace.error = error
        tracer.trace.failed_in = tracer.stack[-1] if tracer.stack else None
    finally:
        tracer.remove_hooks()
    return tracer.trace
