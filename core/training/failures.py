"""What goes wrong in training, in a sentence that says what to do about it."""

import gc
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.nn import functional

from core.errors import LabError
from core.training.learner import Learner

# What torch's allocators say, beside the exceptions that are made for it.
_ALLOCATORS_SAY = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed")
_SPARE = 0.9  # of what is free: batches are not alike, and memory breaks into pieces


def not_finite(loss: float, step: int, epoch: int, rate: float) -> str:
    """`step` counts from 1 over the whole run; the epochs before `epoch` are good."""
    good = (
        f"the last good checkpoint is that of epoch {epoch - 1}"
        if epoch > 1
        else "no epoch was finished before, so there is no checkpoint"
    )
    return (
        f"The loss became {loss} at step {step} (epoch {epoch}, learning rate {rate:.4g}); {good}; "
        "start again with a lower learning rate, or limit the gradient norm to 1."
    )


class Watch:
    """Set `learner` once there is a learner, so that what it needs can be measured."""

    learner: Learner | None = None


@contextmanager
def memory_watched(batch_size: int) -> Iterator[Watch]:
    """Turns every way of running out of memory into a LabError."""
    watch = Watch()
    try:
        yield watch
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        traceback.clear_frames(error.__traceback__)  # what was calculated is still held there
        fits = largest_batch(watch.learner, batch_size) if watch.learner is not None else None
        raise LabError(_out_of_memory(batch_size, fits)) from error


def ran_out(error: BaseException) -> bool:
    """Whether it says that memory did not suffice, on a card or on the processor."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(s in str(error).lower() for s in _ALLOCATORS_SAY)


def largest_batch(learner: Learner, batch_size: int) -> int | None:
    """A batch size that fits on a CUDA card, measured with two small ones; None where unknown."""
    if learner.device.type != "cuda":
        return None
    small = max(batch_size // 16, 1)
    try:
        learner.optimizer.zero_grad(set_to_none=True)
        cost, cost_of_two = _cost(learner, small), _cost(learner, 2 * small)
        gc.collect()
        torch.cuda.empty_cache()
        free, _ = torch.cuda.mem_get_info(learner.device)
    except Exception:  # nothing here may hide what went wrong before
        return None
    return that_fits(free, small, cost, cost_of_two, batch_size)


def that_fits(free: int, small: int, cost: int, cost_of_two: int, batch_size: int) -> int | None:
    """From free bytes and those that `small` and twice as many images took; a multiple of 8."""
    an_image = (cost_of_two - cost) / small
    if an_image <= 0:
        return None
    fixed = cost - small * an_image
    fits = min(int((_SPARE * free - fixed) / an_image), batch_size - 1)
    return max(fits - fits % 8 if fits > 8 else fits, 1)


def _cost(learner: Learner, images: int) -> int:
    """Bytes at the peak of a step of that many images beyond those that are taken already."""
    device = learner.device
    gc.collect()
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    inputs = torch.zeros(images, 3, 32, 32, device=device)
    targets = torch.zeros(images, dtype=torch.int64, device=device)
    with learner.precision.forward():
        logits = learner.model(inputs.to(memory_format=torch.channels_last))
    functional.cross_entropy(logits.float(), targets).backward()  # type: ignore[no-untyped-call]
    peak = torch.cuda.max_memory_allocated(device) - before
    learner.optimizer.zero_grad(set_to_none=True)
    return peak


def _out_of_memory(batch_size: int, fits: int | None) -> str:
    """`fits`: a batch size that was measured to fit, where that could be done."""
    smaller = f"{fits} would fit" if fits else f"try {max(batch_size // 2, 1)}"
    return (
        f"The device ran out of memory at batch size {batch_size}; "
        f"{smaller}, or close what else uses the device."
    )
