"""The network compiled by torch.compile, where that is asked for and works."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from core.config.training_config import TrainingConfig
from core.errors import LabError
from core.progress import Progress
from core.training import progressive_resizing
from core.training.learner import Learner


def is_asked(name: str, device: torch.device) -> bool:
    """Whether the choice `name` of COMPILE_MODES asks for it on this device."""
    return name == "on" or (name == "auto" and device.type == "cuda")


def compile_if_asked(
    learner: Learner, training: TrainingConfig, full: int, first_epoch: int, progress: Progress
) -> str:
    """Compile for the images' sizes from `first_epoch` on; "" or why it could not be done."""
    if not is_asked(training.compile, learner.device):
        return ""
    if learner.replicas is not None:
        return "The network runs uncompiled, for its batches are split."
    epochs = range(first_epoch, training.epochs + 1)
    sizes = [
        progressive_resizing.image_size(training.initial_image_size, full, epoch, training.epochs)
        for epoch in epochs
    ]
    return compile_network(learner, training.batch_size, sizes, progress)


def compile_network(
    learner: Learner, batch_size: int, sizes: Iterable[int], progress: Progress
) -> str:
    """Compile what `learner` goes forward by; "" if that worked, else why not in a sentence.

    torch compiles at the first call and not before, and again for each size of the images. So a
    step forward and back is made here for each of `sizes`, and what that left in the network's
    state is taken back; where it fails, the network runs as it is written.
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
        every = sorted(set(sizes))
        for done, size in enumerate(every):
            progress(done / len(every), "Compiling the network")
            inputs = torch.zeros(batch_size, 3, size, size, device=learner.device)
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
