"""One operator, run on random numbers of which some are changed: see unknown_operators.py."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.analysis.receptive_field.propagation.element_windows import (
    NOTHING,
    Along,
    located,
    positions,
)
from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH
from core.analysis.receptive_field.propagation.operations import Traced

MAX_WORK = 1 << 27  # elements that may be computed for one answer
_SEED = 12
_ROUNDING = 1e-12  # of the largest number of an output

Changes = NDArray[np.bool_]


@dataclass(frozen=True)
class Read:
    """How an output of this shape reads an input: its positions along height and along width."""

    shape: tuple[int, ...]
    along: dict[str, Along]


class NoAnswerError(Exception):
    """It cannot be told what the operator reads; the message says why."""


class Trials:
    """One operator with arguments drawn at random, ready to be run with changed inputs."""

    def __init__(
        self, func: Any, args: Any, kwargs: dict[str, Any], traced: Sequence[Traced], draw: int
    ) -> None:
        self.func, self.args, self.kwargs, self.traced = func, args, kwargs, traced
        self.generator = torch.Generator().manual_seed(_SEED + draw)
        smallest = min((n for entry in traced for n in entry.shape), default=1)
        self.others = {
            id(e): self._constant(e, smallest)
            for e in leaves((args, kwargs))
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

        args, kwargs = mapped(self.args, given), mapped(self.kwargs, given)
        with torch._C.DisableTorchFunction(), torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(_SEED)
            result = self.func(*args, **kwargs)
        return [entry.numpy() for entry in leaves(result) if isinstance(entry, Tensor)]

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


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for entry in value:
            yield from leaves(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from leaves(entry)
    else:
        yield value


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(mapped(entry, change) for entry in value)
    if isinstance(value, dict):
        return {name: mapped(entry, change) for name, entry in value.items()}
    return change(value)
