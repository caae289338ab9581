"""Watch a forward pass: every operation torch carries out, and every module that is called.

We look below autograd, at aten operations (TorchDispatchMode), so it makes no difference whether
something is spelt as a module, a function or an operator, nor how forward branches.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

# A dispatch mode imports dynamo on its first use, which takes a second: better now than then.
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from core.analysis.receptive_field.propagation import joins
from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.element_windows import elements_of, written
from core.analysis.receptive_field.propagation.layout import Geometry
from core.analysis.receptive_field.propagation.operations import (
    Traced,
)
from core.analysis.receptive_field.propagation.steps import step_of
from core.analysis.receptive_field.propagation.trace import Call, Node, Trace


class Tracer(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records what torch carries out on tensors that it knows; `know` the image first."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.trace = Trace([], [])
        self.stack: list[Call] = []
        self.tracked: dict[int, tuple[Tensor, Geometry, int]] = {}
        self.ended = itertools.count()
        self.names = {
            id(tensor): name
            for name, tensor in itertools.chain(model.named_parameters(), model.named_buffers())
        }
        self.handles: list[Any] = []
        for name, module in model.named_modules():
            before = self._beginning(name, module)
            self.handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
            self.handles.append(module.register_forward_hook(self._ending))

    def track(self, tensor: Tensor, geometry: Geometry, node: int) -> None:
        self.tracked[id(tensor)] = (
            tensor,
            geometry,
            node,
        )  # kept alive, so that the id stays its own

    def tensors(self) -> dict[int, Tensor]:
        """The output of every node whose tensor was not written over since."""
        entries = self.tracked.values()
        shapes = [node.out_shape for node in self.trace.nodes]
        return {n: t for t, _, n in entries if n >= 0 and tuple(t.shape) == shapes[n]}

    def remove_hooks(self) -> None:
        for handle in self.handles:
            handle.remove()

    def finish(self, result: object) -> None:
        logits = next(_tensors(result), None)
        if logits is None:
            raise TypeError(f"forward returns {type(result).__name__} and no tensor")
        self.trace.out_shape = tuple(logits.shape)
        entry = self.tracked.get(id(logits))
        self.trace.output = entry[2] if entry else -1

    def _beginning(self, name: str, module: nn.Module) -> Any:
        leaf = next(module.children(), None) is None

        def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            first = next(_tensors((args, kwargs)), None)
            shape = tuple(first.shape) if first is not None else ()
            call = Call(name, module, leaf, shape, len(self.trace.nodes))
            self.trace.calls.append(call)
            self.stack.append(call)

        return hook

    def _ending(self, module: nn.Module, args: tuple[Any, ...], output: object) -> None:
        while self.stack[-1].module is not module:  # inner calls that ended in a caught exception
            self.stack.pop()
        call = self.stack.pop()
        call.end, call.order = len(self.trace.nodes), next(self.ended)
        first = next(_tensors(output), None)
        if first is None:
            return
        call.out_shape = tuple(first.shape)
        entry = self.tracked.get(id(first))
        if entry is not None:
            call.geometry, call.output = entry[1], entry[2]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        sources = [tensor for tensor in _tensors((args, kwargs)) if id(tensor) in self.tracked]
        if sources:
            self._record(func, args, kwargs, result, sources)
        return result

    def _record(
        self, func: Any, args: tuple[Any, ...], kwargs: Any, result: Any, sources: list[Tensor]
    ) -> None:
        outputs = list(_tensors(result))
        if not outputs:
            return
        name = func._schema.name.split("::")[1]
        inplace = func._schema.is_mutable
        shape = tuple(outputs[0].shape)
        seen = [Traced(self.tracked[id(t)][1], tuple(t.shape)) for t in sources]
        if name == "copy_":  # what was there is gone
            seen = seen[-1:] if id(args[1]) in self.tracked else []
        base = args[0]._base if inplace and isinstance(args[0], Tensor) else None
        short = name.rstrip("_") if inplace else name
        step = (
            step_of(short, func, self._seen(args), self._seen(kwargs), outputs, seen)
            if seen
            else None
        )
        if step is None:  # nothing of the image arrives
            self._overwritten(outputs[0], base)
            return
        found = step.geometry if isinstance(step.geometry, Sequence) else [step.geometry]
        number = len(self.trace.nodes)
        geometries = [_numbered(entry, number) for entry in found]
        node = Node(
            index=number,
            kind=step.kind,
            op=name,
            layer=self.stack[-1].name if self.stack else "",
            inputs=tuple(dict.fromkeys(self.tracked[id(t)][2] for t in sources)),
            in_shape=tuple(sources[0].shape),
            out_shape=shape,
            step=step,
            geometry=geometries[0],
            parameters=tuple(
                self.names[id(t)] for t in _tensors((args, kwargs)) if id(t) in self.names
            ),
        )
        self.trace.nodes.append(node)
        if step.note and step.note not in self.trace.notes:
            self.trace.notes.append(step.note)
        for place, output in enumerate(outputs):
            geometry = geometries[min(place, len(geometries) - 1)]
            if geometry.shape != tuple(output.shape):
                geometry = g.collapsed(geometry, tuple(output.shape), f"{name} changes the shape")
            self.track(output, geometry, node.index)
        if base is not None and base is not args[0]:
            node.geometry = self._written(base, args[0], node.geometry, node.index)
            node.out_shape = tuple(base.shape)

    def _seen(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            entry = self.tracked.get(id(value))
            return Traced(entry[1], tuple(value.shape)) if entry else value
        if isinstance(value, tuple | list):
            return type(value)(self._seen(entry) for entry in value)
        if isinstance(value, dict):
            return {key: self._seen(entry) for key, entry in value.items()}
        return value

    def _overwritten(self, tensor: Tensor, base: Tensor | None) -> None:
        """A tensor, or the part of `base` that it is, now holds nothing of the image."""
        self.tracked.pop(id(tensor), None)
        if base is not None and id(base) in self.tracked:
            self._written(base, tensor, None, self.tracked[id(base)][2])

    def _written(
        self, base: Tensor, part: Tensor, geometry: Geometry | None, node: int
    ) -> Geometry:
        """A part of a tensor was written into through a view; what all of it is then."""
        before = self.tracked[id(base)][1] if id(base) in self.tracked else None
        after = written(before, tuple(base.shape), elements_of(part, base), geometry)
        self.track(base, after, node)
        return after


def _numbered(geometry: Geometry, node: int) -> Geometry:
    """With the operation's number in place of the sign for the operation at hand."""
    paths = geometry.global_paths
    if joins.NEW not in paths:
        return geometry
    return replace(geometry, global_paths=paths - {joins.NEW} | {node})


def _tensors(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for entry in value:
            yield from _tensors(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _tensors(entry)
