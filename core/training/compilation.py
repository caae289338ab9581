"""The network compiled, where that is wanted and works."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from core.errors import LabError
from core.training.learner import Learner


def wanted(name: str, device: torch.device) -> bool:
    """Whether the choice `name` of COMPILE_MODES asks for it on this device."""
    return name == "on" or (name == "auto" and device.type == "cuda")


def compile_network(
    learner: Learner, batch_size: int, sides: Iterable[int], progress: Callable[[float], None]
) -> str:
    """Compile what `learner` goes forward by; "" if that worked, else why not in a sentence.

    torch compiles at the first call and not before, and again for each size of the images. So a
    step forward and back is made here for each of `sides`, and what that left in the network's
    state is taken back; where it fails, the network runs as it is written. `progress` is told the
    fraction that is done.
    """
    model = learner.model
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    graphs = learner.device.type == "cuda"
    torch._dynamo.reset()  # the forms of earlier runs count towards a limit
    compiled = torch.compile(model, dynamic=False, mode="reduce-overhead" if graphs else None)

    def forward(images: Tensor) -> Tensor:
        if graphs:
            torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        logits: Tensor = compiled(images)
        return logits

    try:
        every = sorted(set(sides))
        for done, side in enumerate(every):
            progress(done / len(every))
            inputs = torch.zeros(batch_size, 3, side, side, device=learner.device)
            for _ in range(3 if graphs else 1):  # a graph is recorded at the second call
                _try(learner, forward, inputs)
        learner.forward = forward
        return ""
    except LabError:
        raise  # of who was told the progress
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        return f"The network runs uncompiled, for compiling it failed ({reason.rstrip('.')})."
    finally:
        for name, tensor in model.state_dict().items():
            tensor.copy_(state[name])
        for parameter in model.parameters():
            parameter.grad = None


def _try(learner: Learner, forward: Callable[[Tensor], Tensor], inputs: Tensor) -> None:
    learner.model.train()
    with learner.precision.forward():
        logits = forward(inputs.to(memory_format=torch.channels_last))
    logits.float().sum().backward()  # type: ignore[no-untyped-call]
