"""What a part of a network computes of the positions of one map: an average, the largest, neither.

The part is run on numbers, and a few elements of its result are asked which elements of the map
they follow (their gradient). A largest value follows one element alone; with that one lowered it
follows another, the next in size; and with that one raised it follows that one. (The same downwards
is a smallest value.) An average over all of the map follows every position with the same weight, of
1 / their number, whatever the numbers are. A maximum over channels stays at its position; a ReLU
before an average follows several at once or none; a gate follows its own position beside others.
"""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from core.analysis.poolings.graph import Graph
from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH, Geometry

_ELEMENTS = 6  # of the result that are asked
_SPREAD = 30.0  # wide, so that a soft maximum is as good as a hard one
_CENTERS = (10 * _SPREAD, -10 * _SPREAD)  # all positive, and all negative
_ROUNDS = 4  # of lowering, until another position is followed
_FOLLOWED = 0.05  # of all of the gradient: less does not count
_EQUAL = 1e-3  # relative
_ROW = 1 << 10  # more than there are columns


@dataclass(frozen=True)
class Part:
    """The nodes from a map to a node that is made of it alone."""

    graph: Graph
    source: int
    target: int

    def positions(self) -> Tensor:
        """For every element of the map of the first image, which position it belongs to."""
        geometry = self.graph.tape.geometry(self.source)
        shape = self.shape
        height, width = (_positions(geometry, axis, shape) for axis in (HEIGHT, WIDTH))
        return height * _ROW + width

    @property
    def shape(self) -> tuple[int, ...]:
        return self.graph.tape.shapes[self.graph.tape.output_of(self.source)]

    def random(self, seed: int, center: float) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.rand(self.shape, generator=generator, dtype=torch.float64)
        return center + (2 * drawn - 1) * _SPREAD

    def elements(self) -> list[int]:
        """Elements of the result to ask, spread over it at random."""
        size = prod(self.graph.nodes[self.target].out_shape)
        generator = torch.Generator().manual_seed(size)
        return torch.randperm(size, generator=generator)[:_ELEMENTS].tolist()

    def gradient(self, numbers: Tensor, element: int) -> Tensor:
        """How one element of the result follows every element of the map."""
        leaf = numbers.clone().requires_grad_(True)
        with torch.enable_grad():
            result = self.graph.tape.run(self.source, self.target, leaf).reshape(-1)[element]
        if not result.requires_grad:
            return torch.zeros_like(leaf)
        (found,) = torch.autograd.grad(result, leaf, allow_unused=True)
        return torch.zeros_like(leaf) if found is None else torch.nan_to_num(found)


def _positions(geometry: Geometry, axis: str, shape: tuple[int, ...]) -> Tensor:
    """Every element's position along an axis; 0 for a map without it."""
    result = torch.zeros(shape, dtype=torch.long)
    for index, dimension in enumerate(geometry.layout):
        for place, factor in enumerate(dimension):
            if factor.axis == axis:
                inner = prod(entry.size for entry in dimension[place + 1 :])
                along = torch.arange(shape[index]) // inner % factor.size
                result += along.reshape([-1 if i == index else 1 for i in range(len(shape))])
    return result


def mixes_positions(part: Part) -> bool:
    """Whether an element of the result follows several positions, at once or by turns."""
    places, draws = part.positions(), [part.random(seed, c) for seed, c in enumerate(_CENTERS)]
    for element in part.elements()[:3]:
        followed = [places[part.gradient(numbers, element) != 0] for numbers in draws]
        together = torch.cat(followed)
        if len(together) and bool(together.min() < together.max()):
            return True
    return False


def averages_all(part: Part) -> bool:
    """Whether the result is the average over all of the map, or over every second position of it.

    The weights of the positions that it follows are the same whatever the numbers are, and add up
    to 1; and those positions go over all of the map at even steps.
    """
    places = part.positions()
    for seed, center in enumerate((0.0, *_CENTERS)):
        numbers = part.random(seed, center)
        for element in part.elements()[:2]:
            weights = torch.zeros(int(places.max()) + 1, dtype=torch.float64)
            gradient = part.gradient(numbers, element)
            weights.index_add_(0, places.flatten(), gradient.flatten())
            followed = weights.nonzero().flatten()
            if len(followed) == 0 or ((weights[followed] * len(followed) - 1).abs() > _EQUAL).any():
                return False
            if not _goes_over_all(followed, places):
                return False
    return True


def _goes_over_all(followed: Tensor, places: Tensor) -> bool:
    """Whether positions are at even steps from one end of the map to the other, both ways."""
    counts = []
    for one, all_ in ((followed // _ROW, places // _ROW), (followed % _ROW, places % _ROW)):
        found, size = sorted(set(one.tolist())), int(all_.max()) + 1
        step = found[1] - found[0] if len(found) > 1 else size
        if found != list(range(found[0], size, step)) or found[0] >= step or step == size > 1:
            return False
        counts.append(len(found))
    return counts[0] * counts[1] == len(followed)


def takes_largest(part: Part) -> bool:
    """Whether the result is the largest (or the smallest) of several positions."""
    answers = [_chooses(part, part.random(seed, center)) for seed, center in enumerate(_CENTERS)]
    return True in answers and False not in answers


def _chooses(part: Part, numbers: Tensor) -> bool | None:
    """The same for these numbers; None where no element follows anything, as below a ReLU."""
    places, any_answer = part.positions(), False
    for direction in (1.0, -1.0):
        held = failed = 0
        for element in part.elements():
            found = _follows_largest(part, element, places, numbers, direction)
            held, failed = held + (found is True), failed + (found is False)
            if failed >= 2 and not held:
                break
        if held >= 2 and held >= 3 * failed:
            return True
        any_answer = any_answer or held + failed > 0
    return False if any_answer else None


def _follows_largest(
    part: Part, element: int, places: Tensor, numbers: Tensor, direction: float
) -> bool | None:
    """None for an element that follows nothing, as below a ReLU."""
    gradient = part.gradient(numbers, element)
    first = _followed(gradient)
    if first is None:
        return None
    if not first.any():  # many, and each a little
        return False
    lowered, now = numbers, first
    for _ in range(_ROUNDS):
        lowered = torch.where(now, lowered - direction * 4 * _SPREAD, lowered)
        after = part.gradient(lowered, element)
        found = _followed(after)
        if found is None:
            return None
        if torch.allclose(after, gradient):
            return False  # no choice by value
        now = found
        if now.any() and not torch.isin(places[now], places[first]).any():
            break
    else:
        return False
    if (numbers[first] * direction).min() < (numbers[now] * direction).max():
        return False
    chosen = int(now.flatten().nonzero()[0])
    raised = numbers.clone().reshape(-1)
    raised[chosen] += direction * 4 * _SPREAD
    last = _followed(part.gradient(raised.reshape(numbers.shape), element))
    return last is not None and bool(last.reshape(-1)[chosen])


def _followed(gradient: Tensor) -> Tensor | None:
    weight = gradient.abs()
    total = weight.sum()
    return None if total == 0 else weight > _FOLLOWED * total
