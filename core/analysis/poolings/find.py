"""Every pooling of a network, as its operations compute it and not as they are called."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import prod

import torch
from torch import nn

from core.analysis.poolings.graph import Graph
from core.analysis.poolings.measure import Part, averages_all, mixes_positions, takes_largest
from core.analysis.poolings.record import Pooling, PoolingKind
from core.analysis.poolings.tape import Tape, record
from core.analysis.receptive_field.collapse import Collapse
from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH
from core.analysis.receptive_field.propagation.trace import Node, Trace
from core.networks.copying import copied

MAX_PARTS = 60  # that are run on numbers; what is left is not determined
MAX_ELEMENTS = 1 << 22  # that a part computes: attention over a large map
# What looks at single positions, or has learned weights: no pooling, whatever is beside it.
_PLAIN = {
    "convolution", "transposed convolution", "linear", "normalization", "copy", "concatenation",
    "sum", "difference", "product", "quotient", "ReLU", "leaky ReLU", "clamp", "GELU", "SiLU",
    "sigmoid", "tanh", "elu", "hardswish", "hardsigmoid", "mish", "softplus", "_prelu_kernel",
}  # fmt: skip
_MIXING = (
    "convolution",
    "transposed convolution",
    "linear",
)  # plain where their weights are learned
_GLOBAL = {"mean", "_adaptive_avg_pool2d", "adaptive_avg_pool2d"}


def poolings(
    model: nn.Module,
    trace: Trace,
    collapses: Sequence[Collapse],
    size: tuple[int, int],
    rebuild: Callable[[], nn.Module] | None = None,
) -> tuple[Pooling, ...] | None:
    """All poolings in their order; None where numbers cannot tell.

    `rebuild` makes the model anew with numbers in it, for one whose tensors are on torch's meta
    device. Without it a buffer's numbers are not known, and what is made of them is not determined.
    """
    learned = {name for name, _ in model.named_parameters()}
    if all(_is_plain(trace, node, learned) for node in trace.nodes):
        ends = {end.operation for end in collapses if end.operation >= 0}
        found = [node.index for node in trace.nodes if _is_global_average(trace, node)]
        return tuple(
            Pooling(index, PoolingKind.AVERAGE, whole=True, gate=index not in ends)
            for index in found
        )
    tape = _taped(model, size, rebuild)
    if tape is None or len(tape.trace.nodes) != len(trace.nodes):
        return None
    known = rebuild is not None or not _blank(model)
    return tuple(_Measuring(tape, known).all(collapses))


def _is_plain(trace: Trace, node: Node, learned: set[str]) -> bool:
    if node.kind in _MIXING and _has_map(trace, node):
        return not learned.isdisjoint(node.parameters)
    if node.kind == "reshaping":
        factors = [factor for dimension in node.geometry.layout for factor in dimension]
        return not any(factor.window for factor in factors)
    return node.kind in _PLAIN or _is_global_average(trace, node)


def _is_global_average(trace: Trace, node: Node) -> bool:
    """The spelling that needs no asking: one operator over exactly a map that was computed."""
    source = trace.nodes[node.inputs[0]] if node.inputs[0] >= 0 else None
    if source is None or source.kind not in _PLAIN or set(node.step.pooled) != {HEIGHT, WIDTH}:
        return False
    exactly = node.step.kernel == node.in_shape[-2:] and not any(node.step.padding)
    return node.op in _GLOBAL or (node.op == "avg_pool2d" and exactly)


def _blank(model: nn.Module) -> bool:
    return any(t.is_meta for t in itertools.chain(model.parameters(), model.buffers()))


def _taped(
    model: nn.Module, size: tuple[int, int], rebuild: Callable[[], nn.Module] | None
) -> Tape | None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if not _blank(model):
            return record(copied(model).cpu(), size)
        if rebuild is not None:
            with suppress(Exception):  # a student's file may do otherwise off the meta device
                return record(rebuild(), size)
            return None
        return record(_filled(copied(model).to_empty(device="cpu")), size)


def _filled(model: nn.Module) -> nn.Module:
    with torch.no_grad():
        for parameter in model.parameters():
            inputs = max(parameter[0].numel(), 1) if parameter.ndim > 1 else 1
            parameter.uniform_(0.5 / inputs, 1.5 / inputs)
        for name, buffer in model.named_buffers():
            buffer.fill_(1 if name.endswith("running_var") else 0)
    return model


class _Measuring:
    """The parts of one tape, measured; `known` is whether its buffers hold their own numbers."""

    def __init__(self, tape: Tape, known: bool) -> None:
        self.tape, self.known, self.graph = tape, known, Graph(tape)

    def all(self, collapses: Sequence[Collapse]) -> list[Pooling]:
        found: dict[int, Pooling] = {}
        left = MAX_PARTS
        for node in self.tape.trace.nodes:
            if self._only_passes_on(node, found):
                continue
            for part in self._parts(node.index, found):
                left -= 1
                kind = self._kind(part) if left >= 0 else PoolingKind.UNKNOWN
                if kind is PoolingKind.LARGEST or (kind is not None and node.index not in found):
                    found[node.index] = self._pooling(part, kind)
        for end in sorted({end.operation for end in collapses if end.operation >= 0}):
            if self._ends_in_average(end):
                found[end] = Pooling(end, PoolingKind.AVERAGE, whole=True)
        return [found[index] for index in sorted(found)]

    def _parts(self, node: int, found: Mapping[int, Pooling]) -> Iterator[Part]:
        """What a node is made of, where it may be a pooling: without learned weights in between.

        From the nearest map on; and from the one before where that map is itself made of neighbors,
        as sorted windows are of which the last is taken.
        """
        graph, source = self.graph, self.graph.source(node)
        while source is not None:
            between = graph.between(source, node)
            if any(graph.is_learned(entry) for entry in between):
                return
            plain = self.tape.trace.nodes[node].kind in _PLAIN.difference(_MIXING)
            moved = all(graph.only_moves(entry) for entry in between)
            if not moved and not (len(between) == 1 and plain):
                yield Part(graph, source, node)
            if source not in found or found[source].kind is not PoolingKind.OTHER:
                return
            source = graph.source(source)

    def _only_passes_on(self, node: Node, found: Mapping[int, Pooling]) -> bool:
        """Whether what was found at the one operation before is only moved or bent here."""
        before = found.get(node.inputs[0]) if len(node.inputs) == 1 else None
        if before is None or before.kind is PoolingKind.OTHER:
            return False
        bends = node.kind in _PLAIN and node.in_shape == node.out_shape
        return bends or self.graph.only_moves(node.index)

    def _kind(self, part: Part) -> PoolingKind | None:
        if not self._can_be_run(part):
            return PoolingKind.UNKNOWN
        try:
            if takes_largest(part):
                return PoolingKind.LARGEST
            if averages_all(part):
                return PoolingKind.AVERAGE
            return PoolingKind.OTHER if mixes_positions(part) else None
        except Exception:  # an operation that cannot be run again, or has no derivative
            return PoolingKind.UNKNOWN

    def _can_be_run(self, part: Part) -> bool:
        nodes = self.graph.between(part.source, part.target)
        if sum(prod(self.tape.trace.nodes[node].out_shape) for node in nodes) > MAX_ELEMENTS:
            return False
        buffers = [name for n in nodes for name in self.tape.calls[self.tape.of_node[n]].buffers]
        return self.known or all(name.endswith(("running_mean", "running_var")) for name in buffers)

    def _pooling(self, part: Part, kind: PoolingKind) -> Pooling:
        before, after = self.tape.geometry(part.source), self.tape.geometry(part.target)
        jumps = [(before.fields(axis).jump, after.fields(axis).jump) for axis in after.axes]
        downsamples = any(old is not None and new is not None and new > old for old, new in jumps)
        whole = not after.axes
        return Pooling(
            part.target, kind, whole, whole and self.graph.only_gates(part.target), downsamples
        )

    def _ends_in_average(self, end: int) -> bool:
        """Whether a map ends in an average, taken at once or summed and then scaled."""
        source = self.graph.source(end, both=True)
        if source is None:
            return False
        for node in self.graph.scaled(end):
            part = Part(self.graph, source, node)
            if any(self.graph.is_learned(n) for n in self.graph.between(source, node)):
                return False
            with suppress(Exception):
                if self._can_be_run(part) and averages_all(part):
                    return True
        return False


def _has_map(trace: Trace, node: Node) -> bool:
    return any(index < 0 or trace.nodes[index].geometry.axes for index in node.inputs)
