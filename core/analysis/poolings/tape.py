"""A forward pass recorded so that any part of it can be run again on other numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.forward import BATCH
from core.analysis.receptive_field.propagation.layout import Geometry
from core.analysis.receptive_field.propagation.tracer import Tracer


class Ref(NamedTuple):
    """A tensor that descends from the image: the step that made it, and which of its outputs."""

    step: int
    output: int


@dataclass(frozen=True)
class Call:
    """One operation; tensors that descend from the image stand as `Ref` in its arguments."""

    func: Any
    args: Any
    kwargs: Any
    node: int  # of the trace; -1 where nothing of the image arrives, as in x[:] = 0
    out: Ref
    learned: bool  # whether a parameter, or what is made of parameters, is among its arguments
    buffers: tuple[str, ...]


class Tape(Tracer):  # type: ignore[no-untyped-call]
    """Records a pass over real numbers; `record` makes one."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model)
        self.calls: list[Call] = []
        self.of_node: dict[int, int] = {}  # node -> step
        self.shapes: dict[Ref, tuple[int, ...]] = {}
        self.numeric = {Ref(-1, 0)}  # the tensors that have derivatives
        self._made: dict[int, Ref] = {}
        self._alive: list[Tensor] = []
        self._learned = {id(parameter) for parameter in model.parameters()}
        self._buffers = {id(tensor): name for name, tensor in model.named_buffers()}

    def start(self, image: Tensor) -> None:
        self.track(image, g.image(*image.shape), -1)
        self._made[id(image)] = Ref(-1, 0)
        self.shapes[Ref(-1, 0)] = tuple(image.shape)

    def output_of(self, node: int) -> Ref:
        return self.calls[self.of_node[node]].out if node >= 0 else Ref(-1, 0)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = super().__torch_dispatch__(func, types, args, kwargs)
        given = list(tensors((args, kwargs or {})))
        if any(id(t) in self._learned for t in given) and not any(
            id(t) in self._made for t in given
        ):
            for tensor in tensors(result):  # made of parameters alone: a transposed weight
                self._alive.append(tensor)
                self._learned.add(id(tensor))
        return result

    def _record(
        self, func: Any, args: tuple[Any, ...], kwargs: Any, result: Any, sources: list[Tensor]
    ) -> None:
        given, named = self._refs(args), self._refs(kwargs)
        before = len(self.trace.nodes)
        super()._record(func, args, kwargs, result, sources)
        step = len(self.calls)
        outputs = list(tensors(result))
        for number, tensor in enumerate(outputs):
            self._alive.append(tensor)  # so that the id stays its own
            ref = self._made.setdefault(id(tensor), Ref(step, number))
            self.shapes[ref] = tuple(tensor.shape)
            if tensor.is_floating_point():
                self.numeric.add(ref)
        others = [t for t in tensors((args, kwargs)) if id(t) not in self._made]
        node = before if len(self.trace.nodes) > before else -1
        self.of_node[node] = step
        self.calls.append(
            Call(
                func, given, named, node,
                self._made[id(outputs[0])] if outputs else Ref(step, 0),
                any(id(t) in self._learned for t in others),
                tuple(self._buffers[id(t)] for t in others if id(t) in self._buffers),
            )
        )  # fmt: skip

    def _refs(self, value: Any) -> Any:
        return mapped(
            value,
            lambda entry: self._made.get(id(entry), entry) if isinstance(entry, Tensor) else entry,
        )

    def geometry(self, node: int) -> Geometry:
        if node < 0:
            return g.image(*self.shapes[Ref(-1, 0)])
        return self.trace.nodes[node].geometry

    def run(self, source: int, target: int, numbers: Tensor) -> Tensor:
        """The output of node `target`, with `numbers` in place of the output of node `source`.

        In double precision, and differentiable. Everything of the image that `target` is made of
        must have gone through `source`.
        """
        first = self.of_node[source] + 1 if source >= 0 else 0
        steps = range(first, self.of_node[target] + 1)
        values = {self._used(source, steps): numbers.clone()}
        for step in steps:
            call = self.calls[step]
            if any(ref in values for ref in refs((call.args, call.kwargs))):
                self._again(call, step, values)
        return values[self.output_of(target)]

    def _used(self, source: int, steps: range) -> Ref:
        """The output of a node that these steps are given: not always the first of several."""
        out = self.output_of(source)
        given = (ref for step in steps for ref in refs((self.calls[step].args,)))
        return next((ref for ref in given if ref.step == out.step), out)

    def _again(self, call: Call, step: int, values: dict[Ref, Tensor]) -> None:
        def known(entry: Any) -> Any:
            if isinstance(entry, Ref):
                return values[entry]
            if isinstance(entry, Tensor) and entry.is_floating_point():
                return entry.detach().double()
            return torch.float64 if entry is torch.float32 else entry

        result = call.func(*mapped(call.args, known), **mapped(call.kwargs, known))
        for number, tensor in enumerate(tensors(result)):
            values.setdefault(Ref(step, number), tensor)


def record(model: nn.Module, size: tuple[int, int], channels: int = 3) -> Tape | None:
    """A pass over an image of random numbers in eval mode; None for one that fails."""
    tape = Tape(model.eval())
    image = torch.randn((BATCH, channels, *size), generator=torch.Generator().manual_seed(BATCH))
    tape.start(image)
    try:
        with torch.no_grad(), tape:
            result = model(image)
        tape.finish(result)
    except Exception:  # a student's forward may raise anything
        return None
    finally:
        tape.remove_hooks()
    return tape


def tensors(value: object) -> Iterator[Tensor]:
    return (entry for entry in _leaves(value) if isinstance(entry, Tensor))


def refs(value: object) -> Iterator[Ref]:
    return (entry for entry in _leaves(value) if isinstance(entry, Ref))


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, tuple | list) and not isinstance(value, Ref):
        for entry in value:
            yield from _leaves(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _leaves(entry)
    else:
        yield value


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same nest of tuples, lists and dictionaries with every leaf changed."""
    if isinstance(value, tuple | list) and not isinstance(value, Ref):
        return type(value)(mapped(entry, change) for entry in value)
    if isinstance(value, dict):
        return {name: mapped(entry, change) for name, entry in value.items()}
    return change(value)
