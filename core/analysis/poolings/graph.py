"""Which map an operation's result is made of: the last one that everything went through."""

from collections.abc import Iterator
from math import prod

import torch
from torch import Tensor

from core.analysis.poolings.tape import Ref, Tape, mapped, refs, tensors
from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH

_IMAGE = -1


class Graph:
    """The nodes of a tape, each with the node that all of its paths from the image go through."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.nodes = tape.trace.nodes
        self.above: dict[int, int] = {}
        self._depth = {_IMAGE: 0}
        for node in self.nodes:
            found = node.inputs[0]
            for other in node.inputs[1:]:
                found = self._common(found, other)
            self.above[node.index] = found
            self._depth[node.index] = self._depth[found] + 1
        self._moving: dict[int, bool] = {}

    def _common(self, one: int, two: int) -> int:
        while one != two:
            if self._depth[one] >= self._depth[two]:
                one = self.above[one]
            else:
                two = self.above[two]
        return one

    def source(self, node: int, *, both: bool = False) -> int | None:
        """The nearest map that all of `node` is made of and that was computed, not only moved.

        With `both`, one that still has height and width. None where there is none.
        """
        while node != _IMAGE:
            node = self.above[node]
            if self._is_map(node, both=both) and not self.only_moves(node):
                return node
        return None

    def _is_map(self, node: int, *, both: bool) -> bool:
        geometry = self.tape.geometry(node)
        factors = [factor for dimension in geometry.layout for factor in dimension]
        if self.tape.output_of(node) not in self.tape.numeric:
            return False
        if both:  # of one position as well: strides may leave no more
            return {factor.axis for factor in factors} >= {HEIGHT, WIDTH}
        return bool(geometry.axes) and not any(factor.window for factor in factors)

    def between(self, source: int, node: int) -> list[int]:
        """The nodes that lead from `source` to `node`, `node` among them."""
        found, waiting = set[int](), [node]
        while waiting:
            index = waiting.pop()
            if index <= source or index in found:
                continue
            found.add(index)
            waiting += self.nodes[index].inputs
        return sorted(found)

    def only_gates(self, node: int) -> bool:
        """Whether a pooled map only weighs a map: no way to the output but through a map."""
        waiting, visited = [node], set[int]()
        while waiting:
            index = waiting.pop()
            if index in visited:
                continue
            visited.add(index)
            if index == self.tape.trace.output:
                return False
            waiting += [user for user in self.users(index) if not self.tape.geometry(user).axes]
        return True

    def scaled(self, node: int) -> Iterator[int]:
        """A node, and those after it that are made of it alone, up to learned weights."""
        while True:
            yield node
            users = list(self.users(node))
            if len(users) != 1 or self.is_learned(users[0]) or self.above[users[0]] != node:
                return
            node = users[0]

    def users(self, node: int) -> Iterator[int]:
        return (entry.index for entry in self.nodes if node in entry.inputs)

    def is_learned(self, node: int) -> bool:
        """Whether an operation mixes positions or channels with learned weights."""
        mixing = self.nodes[node].kind in ("convolution", "transposed convolution", "linear")
        return mixing and self.tape.calls[self.tape.of_node[node]].learned

    def only_moves(self, node: int) -> bool:
        """Whether an operation only moves elements about (slices, views, pads, shuffles)."""
        if node == _IMAGE:
            return False
        if node not in self._moving:
            try:
                self._moving[node] = self._moves(node)
            except Exception:  # an operation that does not run by itself
                self._moving[node] = False
        return self._moving[node]

    def _moves(self, node: int) -> bool:
        """On two draws of distinct numbers: the same elements arrive at the same places."""
        call = self.tape.calls[self.tape.of_node[node]]
        inputs = list(dict.fromkeys(refs((call.args, call.kwargs))))
        found: list[Tensor] = []
        for seed in range(2):
            generator = torch.Generator().manual_seed(seed)
            sizes = [prod(self.tape.shapes[ref]) for ref in inputs]
            count = sum(sizes)
            numbers = (torch.randperm(count, generator=generator) + 1).double()
            drawn = numbers * (torch.randint(0, 2, (count,), generator=generator) * 2 - 1)
            parts = dict(zip(inputs, torch.split(drawn, sizes), strict=True))

            def known(entry: object, parts: dict[Ref, Tensor] = parts) -> object:
                if isinstance(entry, Ref):
                    return parts[entry].reshape(self.tape.shapes[entry]).clone()
                return entry

            with torch.no_grad():
                result = call.func(*mapped(call.args, known), **mapped(call.kwargs, known))
            output = next(tensors(result)).reshape(-1)
            order = torch.zeros(count + 1, dtype=torch.long)  # 0 stands for a pad of zeros
            order[numbers.long()] = torch.arange(1, count + 1)
            places = order[output.abs().long().clamp(max=count)]
            if not torch.equal(torch.cat([torch.zeros(1).double(), drawn])[places], output):
                return False  # numbers that are none of the input's
            found.append(places)
        return torch.equal(found[0], found[1])
