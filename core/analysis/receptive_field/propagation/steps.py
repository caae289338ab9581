"""What an operation did: by its handler, as torch tags it, or by asking it."""

from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

from core.analysis.receptive_field.propagation import joins
from core.analysis.receptive_field.propagation.handlers import HANDLERS
from core.analysis.receptive_field.propagation.operations import Step, Traced, pointwise
from core.analysis.receptive_field.propagation.operator_trials import NoAnswerError
from core.analysis.receptive_field.propagation.unknown_operators import ask

_NOT_FILLED = ("empty_like", "new_empty", "new_empty_strided")  # memory as it was found
_KINDS = {
    "add": "sum",
    "sub": "difference",
    "mul": "product",
    "div": "quotient",
    "relu": "ReLU",
    "hardtanh": "clamp",
    "clamp": "clamp",
    "leaky_relu": "leaky ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "copy": "copy",
    "maximum": "maximum of two",
    "fractional_max_pool2d": "max pooling",
}


def step_of(
    name: str,
    func: Any,
    args: Any,
    kwargs: Any,
    outputs: list[Tensor],
    seen: list[Traced],
) -> Step | None:
    """What the operation did; None where its outputs are the same whatever the image is."""
    shape = tuple(outputs[0].shape)
    if name in _NOT_FILLED:
        return None
    handler = HANDLERS.get(name)
    elementwise = torch.Tag.pointwise in func.tags or name in ("copy", "where", "maximum")
    kind = _KINDS.get(name, name)
    if elementwise and (handler is None or "other" in func._overloadname):
        return pointwise(kind, seen, shape)
    if handler is not None:
        # An exception is a spelling that the handler does not expect.
        with suppress(AttributeError, IndexError, TypeError, ValueError):
            step = handler(args, kwargs, shape)
            if step is not None:
                return step
    return _asked(kind, func, args, kwargs, outputs, seen)


def _asked(
    kind: str,
    func: Any,
    args: Any,
    kwargs: Any,
    outputs: list[Tensor],
    seen: list[Traced],
) -> Step | None:
    try:
        answers = ask(func, args, kwargs)
    except NoAnswerError as error:
        reason = f"It is not known what {kind} reads: {error}"
        after = joins.lost([t.geometry for t in seen], tuple(outputs[0].shape), reason)
        return Step(kind, after, note=reason, lost=True)
    first = next((answer for answer in answers if answer.geometry is not None), None)
    if first is None:
        return None
    geometries = [answer.geometry or first.geometry for answer in answers]
    return Step(
        kind,
        [entry for entry in geometries if entry is not None],
        kernel=first.kernel,
        stride=first.stride,
        pooled=first.pooled,
    )
