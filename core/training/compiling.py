"""The network compiled, where that is wanted and works."""

from collections.abc import Callable

import torch
from torch import Tensor

from core.training.learner import Learner


def wanted(name: str, device: torch.device) -> bool:
    """Whether the choice `name` of COMPILES asks for it on this device."""
    return name == "on" or (name == "auto" and device.type == "cuda")


def compile_network(learns: Learner, inputs: Tensor) -> str:
    """Compile what `learns` goes forward by; "" if that worked, else why not in a sentence.

    torch compiles at the first call and not before. So one step forward and back is made here, on
    `inputs` like those to come, and what it left in the network's state is taken back; where it
    fails, the network runs as it is written.
    """
    model = learns.model
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    graphs = learns.device.type == "cuda"
    torch._dynamo.reset()  # the forms of earlier runs count towards a limit
    compiled = torch.compile(model, dynamic=False, mode="reduce-overhead" if graphs else None)

    def forward(images: Tensor) -> Tensor:
        if graphs:
            torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        logits: Tensor = compiled(images)
        return logits

    try:
        _try(learns, forward, inputs)
        learns.forward = forward
        return ""
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        return f"The network runs uncompiled, for compiling it failed ({reason.rstrip('.')})."
    finally:
        for name, tensor in model.state_dict().items():
            tensor.copy_(state[name])
        for parameter in model.parameters():
            parameter.grad = None


def _try(learns: Learner, forward: Callable[[Tensor], Tensor], inputs: Tensor) -> None:
    learns.model.train()
    with learns.precision.forward():
        logits = forward(inputs.to(memory_format=torch.channels_last))
    logits.float().sum().backward()  # type: ignore[no-untyped-call]
