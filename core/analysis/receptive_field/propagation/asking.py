"""What an operator reads, found out by asking it: it is run on numbers of which some are changed.

Rows (and columns) are numbered in binary. Changing all rows that have a certain bit, then all that
have not, shows for every element of the output that reads one row which row it is, in a few runs;
an element that reads several is answered by changing row after row. Only the operator itself is
run, on random numbers of the shapes at hand, and what it answered is kept.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.analysis.receptive_field.propagation import joins
from core.analysis.receptive_field.propagation.element_windows import (
    NOTHING,
    Along,
    divided,
    located,
    positions,
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

MAX_ELEMENTS = 1 << 21  # of the input: larger ones are not asked
MAX_WORK = 1 << 27  # elements that may be computed for one answer
_SEED = 12
_ROUNDING = 1e-12  # of the largest number of an output
_kept: dict[Any, "list[list[Read | None]] | str"] = {}
_MAX_KEPT = 500

Changes = NDArray[np.bool_]


@dataclass(frozen=True)
class Read:
    """How an output of this shape reads an input: its positions along height and along width."""

    shape: tuple[int, ...]
    along: dict[str, Along]


class NoAnswerError(Exception):
    """It cannot be told what the operator reads; the message says why."""


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
    traced = [entry for entry in _leaves((args, kwargs)) if isinstance(entry, Traced)]
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
        for e in _leaves((args, kwargs))
    )
    answers = []
    for draw in range(3 if blank else 1):
        answers.append(_Questions(func, args, kwargs, traced, draw).answers())
    if any(answer != answers[0] for answer in answers[1:]):
        raise NoAnswerError("it depends on numbers that are not known before training")
    return answers[0]


class _Questions:
    """One operator with arguments drawn at random, ready to be run with changed inputs."""

    def __init__(
        self, func: Any, args: Any, kwargs: dict[str, Any], traced: Sequence[Traced], draw: int
    ) -> None:
        self.func, self.args, self.kwargs, self.traced = func, args, kwargs, traced
        self.generator = torch.Generator().manual_seed(_SEED + draw)
        smallest = min((n for entry in traced for n in entry.shape), default=1)
        self.others = {
            id(e): self._constant(e, smallest)
            for e in _leaves((args, kwargs))
            if isinstance(e, Tensor)
        }
        shapes = [entry.shape for entry in traced]
        normal = [torch.randn(s, generator=self.generator, dtype=torch.float64) for s in shapes]
        positive = [
            torch.rand(s, generator=self.generator, dtype=torch.float64) + 0.1 for s in shapes
        ]
        self.bases = [(normal, 6.0), (normal, -6.0), (positive, 0.3)]
        self.outputs = [self._run(base) for base, _ in self.bases]
        self.found: dict[Any, list[Changes]] = {}
        again = self._run(normal)
        if any(not _same(a, b).all() for a, b in zip(self.outputs[0], again, strict=True)):
            raise NoAnswerError("it gives something else each time")

    def answers(self) -> list[list["Read | None"]]:
        return [
            [self._reads(number, output) for number in range(len(self.traced))]
            for output in range(len(self.outputs[0]))
        ]

    def _constant(self, value: Tensor, smallest: int) -> Tensor:
        if not value.is_meta:
            return value.double() if value.is_floating_point() else value
        shape = tuple(value.shape)
        if value.is_floating_point():
            return torch.rand(shape, generator=self.generator, dtype=torch.float64) + 0.5
        high = 2 if value.dtype == torch.bool else max(smallest, 1)
        return torch.randint(0, high, shape, generator=self.generator).to(value.dtype)

    def _run(self, inputs: Sequence[Tensor]) -> list[NDArray[Any]]:
        waiting = iter([entry.clone() for entry in inputs])

        def given(value: Any) -> Any:
            if isinstance(value, Traced):
                return next(waiting)
            if isinstance(value, Tensor):
                return self.others[id(value)].clone()
            if isinstance(value, torch.device):
                return torch.device("cpu")
            return value

        args, kwargs = _mapped(self.args, given), _mapped(self.kwargs, given)
        with torch._C.DisableTorchFunction(), torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(_SEED)
            result = self.func(*args, **kwargs)
        return [entry.numpy() for entry in _leaves(result) if isinstance(entry, Tensor)]

    def _changes(self, number: int, mask: NDArray[np.bool_]) -> list[Changes]:
        """Which elements of the outputs can change with the masked elements of one input."""
        found: list[Changes] | None = None
        place = torch.from_numpy(np.array(np.broadcast_to(mask, self.traced[number].shape)))
        for (base, change), before in zip(self.bases, self.outputs, strict=True):
            inputs = list(base)
            inputs[number] = torch.where(place, base[number] + change, base[number])
            after = self._run(inputs)
            now = [~_same(a, b) for a, b in zip(before, after, strict=True)]
            found = now if found is None else [a | b for a, b in zip(found, now, strict=True)]
        assert found is not None
        return found

    def _reads(self, number: int, output: int) -> Read | None:
        everything = self._once((number, "all"), np.array(True))
        shape = everything[output].shape
        if not everything[output].any():
            return None
        geometry = self.traced[number].geometry
        result: dict[str, Along] = {}
        for axis in (HEIGHT, WIDTH):
            places = positions(geometry, axis)
            if places is None or geometry.fields(axis).size == 1:
                result[axis] = Along(-1, ((0, 0),))
                continue
            first, last = self._windows(number, output, axis, places, geometry.fields(axis).size)
            found = located(first, last, exact=True)
            if found is None:
                raise NoAnswerError("rows and columns of its output read different parts")
            result[axis] = found
        return Read(shape, result)

    def _windows(
        self, number: int, output: int, axis: str, places: NDArray[np.int64], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        several, where, read = None, None, None
        for bit in range((count - 1).bit_length()):
            has = (places >> bit & 1) == 1
            ones = self._once((number, axis, bit, 1), has)[output]
            zeros = self._once((number, axis, bit, 0), ~has)[output]
            several = ones & zeros if several is None else several | (ones & zeros)
            read = ones | zeros if read is None else read | ones | zeros
            where = (ones << bit) + (0 if where is None else where)
        assert several is not None
        assert read is not None
        assert where is not None
        if not several.any():
            return np.where(read, where, NOTHING[0]), np.where(read, where, NOTHING[1])
        if count * 3 * max(several.size, places.size) > MAX_WORK:
            raise NoAnswerError("its input is too large to try row by row")
        first = np.full(several.shape, NOTHING[0])
        last = np.full(several.shape, NOTHING[1])
        for place in range(count):
            changed = self._once((number, axis, "row", place), places == place)[output]
            first = np.where(changed, np.minimum(first, place), first)
            last = np.where(changed, np.maximum(last, place), last)
        return first, last

    def _once(self, key: Any, mask: Changes) -> list[Changes]:
        """The changes of all outputs, found once however many outputs ask for them."""
        if key not in self.found:
            self.found[key] = self._changes(key[0], mask)
        return self.found[key]


def _same(a: NDArray[Any], b: NDArray[Any]) -> Changes:
    """Up to the rounding of sums, whose order may depend on where a tensor lies in memory."""
    with np.errstate(all="ignore"):
        same: Changes = (a == b) | ((a != a) & (b != b))
        if a.dtype.kind == "f" and not same.all():
            largest = np.abs(a[np.isfinite(a)]).max(initial=0.0)
            same |= np.abs(a - b) <= _ROUNDING * largest
    return same


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for entry in value:
            yield from _leaves(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _leaves(entry)
    else:
        yield value


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(_mapped(entry, change) for entry in value)
    if isinstance(value, dict):
        return {name: _mapped(entry, change) for name, entry in value.items()}
    return change(value)


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

    return _mapped(value, described)
