"""What an operator reads, found out by asking it: it is run on numbers of which some are changed.

Rows (and columns) are numbered in binary. Changing all rows that have a certain bit, then all that
have not, shows for every element of the output that reads one row which row it is, in a few runs;
an element that reads several is answered by changing row after row. Only the operator itself is
run, on random numbers of the shapes at hand, and what it answered is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor

from core.analysis.receptive_field.propagation import joins
from core.analysis.receptive_field.propagation.element_windows import (
    Along,
    divided,
    seen_through,
)
from core.analysis.receptive_field.propagation.layout import (
    HEIGHT,
    WIDTH,
    Factor,
    Geometry,
    Layout,
)
from core.analysis.receptive_field.propagation.operations import Traced
from core.analysis.receptive_field.propagation.operator_trials import (
    NoAnswerError,
    Read,
    Trials,
    leaves,
    mapped,
)

MAX_ELEMENTS = 1 << 21  # of the input: larger ones are not asked
_kept: dict[Any, "list[list[Read | None]] | str"] = {}
_MAX_KEPT = 500


@dataclass(frozen=True)
class Answer:
    """What an output sees; `geometry` is None for one that nothing of the image can change."""

    geometry: Geometry | None
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    pooled: tuple[str, ...] = ()


def ask(func: Any, args: Any, kwargs: dict[str, Any]) -> list[Answer]:
    """One answer for every tensor that `func(*args, **kwargs)` gives; raises NoAnswerError.

    In the arguments, tensors that descend from the image stand as `Traced`.
    """
    traced = [entry for entry in leaves((args, kwargs)) if isinstance(entry, Traced)]
    key = (str(func), repr(_described((args, kwargs))))
    if key not in _kept:
        if len(_kept) >= _MAX_KEPT:
            _kept.clear()
        try:
            _kept[key] = _asked(func, args, kwargs, traced)
        except NoAnswerError as error:
            _kept[key] = str(error)
        except Exception as error:
            _kept[key] = f"it cannot be run by itself ({type(error).__name__})"
    found = _kept[key]
    if isinstance(found, str):
        raise NoAnswerError(found)
    return [_answer(reads, traced) for reads in found]


def _answer(reads: Sequence[Read | None], traced: Sequence[Traced]) -> Answer:
    """Put together what is read of each input with what the inputs see."""
    parts: list[Geometry] = []
    kernels: dict[str, tuple[int, int]] = {}
    pooled: list[str] = []
    for entry, read in zip(traced, reads, strict=True):
        if read is not None:
            parts.append(_passed_on(entry.geometry, read, kernels, pooled))
    if not parts:
        return Answer(None)
    shape = parts[0].shape
    widths = [kernels.get(axis, (1, 1)) for axis in (HEIGHT, WIDTH)]
    wide = any(kernel > 1 for kernel, _ in widths)
    return Answer(
        joins.joined(parts, shape),
        tuple(kernel for kernel, _ in widths) if wide else (),
        tuple(stride for _, stride in widths) if wide else (),
        tuple(pooled),
    )


def _passed_on(
    before: Geometry, read: Read, kernels: dict[str, tuple[int, int]], pooled: list[str]
) -> Geometry:
    shape = read.shape
    layout: list[tuple[Factor, ...]] = [(Factor(size),) for size in shape]
    after = before
    by_dimension: dict[int, dict[str, Along]] = {}
    for axis, along in read.along.items():
        if along.dimension >= 0:
            by_dimension.setdefault(along.dimension, {})[axis] = along
    for index, axes in by_dimension.items():
        sizes = {axis: (before.fields(axis).size, along) for axis, along in axes.items()}
        factors = divided(shape[index], sizes)
        if factors is not None:
            layout[index] = factors
        elif len(axes) == 1:
            axis, along = next(iter(axes.items()))
            fields = seen_through(before.fields(axis), along.windows)
            layout[index] = (Factor(shape[index], axis),)
            after = after.with_fields(axis, fields)
            middle = along.windows[len(along.windows) // 2]
            if middle and middle[1] > middle[0]:
                stride = max(1, round(before.fields(axis).size / shape[index]))
                kernels[axis] = (middle[1] - middle[0] + 1, stride)
        else:
            raise NoAnswerError("it moves rows and columns about")
    for axis in (HEIGHT, WIDTH):
        if read.along[axis].dimension < 0:
            fields, window = before.fields(axis), read.along[axis].windows[0]
            if fields.size > 1 and window == (0, fields.size - 1):
                pooled.append(axis)
            if fields.size > 1:
                after = after.with_fields(axis, seen_through(fields, (window,)).whole())
    return replace(after, layout=tuple(layout))


def _asked(
    func: Any, args: Any, kwargs: dict[str, Any], traced: Sequence[Traced]
) -> list[list["Read | None"]]:
    """For every output and every traced input, where along each axis the output reads it.

    None stands for an output that reads nothing of that input.
    """
    size = sum(int(np.prod(entry.shape)) for entry in traced)
    if size > MAX_ELEMENTS:
        raise NoAnswerError("its input is too large to try")
    blank = any(
        isinstance(e, Tensor) and e.is_meta and not e.is_floating_point()
        for e in leaves((args, kwargs))
    )
    answers = []
    for draw in range(3 if blank else 1):
        answers.append(Trials(func, args, kwargs, traced, draw).answers())
    if any(answer != answers[0] for answer in answers[1:]):
        raise NoAnswerError("it depends on numbers that are not known before training")
    return answers[0]


def _described(value: Any) -> Any:
    """Arguments in a form that is equal where an answer holds as well."""

    def described(entry: Any) -> Any:
        if isinstance(entry, Traced):
            layout: Layout = entry.geometry.layout
            return ("traced", layout, entry.geometry.height.size, entry.geometry.width.size)
        if isinstance(entry, Tensor):
            known = not entry.is_meta and not entry.is_floating_point()
            return (str(entry.dtype), tuple(entry.shape), entry.tolist() if known else "")
        return entry

    return mapped(value, described)
