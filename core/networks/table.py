"""A network from a table of layers, for the editor, saved networks and runs that used them.

A row is `{"type": ..., "name": ..., fields of its kind}`. Its input is the row before it, or the
row named in "from" ("image" is the image); a sum or concatenation joins the row before it with
those that "from" names. The first rows need no names: they are numbered by kind.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import LabError, quoted
from core.networks.layer_kinds import LAYER_KINDS, LayerKind
from core.networks.layer_settings import MAX_NAME, Row, settings, text

IMAGE = "image"
MAX_ROWS = 300
MAX_PARAMETERS = 50_000_000
MAX_ACTIVATION = 20_000_000  # numbers that one layer may give for an image
MAX_MACS = 20_000_000_000  # of one layer, for an image


class RowError(LabError):
    """A row that does not work; `row` counts from 0."""

    def __init__(self, row: int, name: str, message: str) -> None:
        super().__init__(f"Row {row + 1} ({name}): {message}.")
        self.row = row
        self.name = name


@dataclass(frozen=True)
class Step:
    """A row made: its module (None for a join) and where its inputs come from."""

    name: str
    kind: str
    code: str
    sources: tuple[str, ...]
    out_shape: tuple[int, ...]  # of one image


class TableNetwork(nn.Module):
    """The layers of a table; gives logits (N, classes) where the last one leaves (N, C, 1, 1)."""

    def __init__(self, steps: Sequence[Step], modules: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self.steps = tuple(steps)

    def forward(self, image: Tensor) -> Tensor:
        made: dict[str, Tensor] = {IMAGE: image}
        last = image
        for step in self.steps:
            inputs = [made[source] for source in step.sources]
            last = join(step.kind, inputs) if not step.code else self._modules[step.name](*inputs)  # type: ignore[misc]
            made[step.name] = last
        return last.flatten(1) if last.shape[2:] == (1, 1) else last


def join(kind: str, inputs: Sequence[Tensor]) -> Tensor:
    """A sum or a concatenation along the channels."""
    if kind == "concat":
        return torch.cat(list(inputs), 1)
    total = inputs[0]
    for other in inputs[1:]:
        total = total + other
    return total


def build_layers(layers: Sequence[Row], classes: int = 10, image_size: int = 32) -> nn.Module:
    """The module of a table, on the current default device; RowError names a row that is wrong."""
    steps = plan(layers, classes, image_size)
    modules = {step.name: make(step.code) for step in steps if step.code}
    return TableNetwork(steps, modules)


def make(code: str) -> nn.Module:
    """The module that our own `code` writes: `nn.Kind(numbers, name=numbers)`, and nothing else."""
    import ast

    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Attribute)
    arguments = [ast.literal_eval(entry) for entry in call.args]
    named = {str(entry.arg): ast.literal_eval(entry.value) for entry in call.keywords}
    module: nn.Module = getattr(nn, call.func.attr)(*arguments, **named)
    return module


def plan(layers: Sequence[Row], classes: int = 10, image_size: int = 32) -> list[Step]:
    """Check a table row by row, following the shapes; raises RowError at the first bad row."""
    if not layers:
        raise LabError("The network has no layers; add a row.")
    if len(layers) > MAX_ROWS:
        raise LabError(f"The network has {len(layers)} layers; use at most {MAX_ROWS}.")
    steps: list[Step] = []
    shapes: dict[str, tuple[int, ...]] = {IMAGE: (3, image_size, image_size)}
    names = row_names(layers)
    previous, left = IMAGE, MAX_PARAMETERS
    for number, (row, name) in enumerate(zip(layers, names, strict=True)):
        try:
            if name in shapes:
                raise LabError("there is another layer of that name; name it differently")
            step, parameters = _step(row, name, previous, shapes, classes)
            left -= parameters
            if left < 0:
                raise LabError(f"the network has more than {MAX_PARAMETERS:,} weights by here")
        except LabError as error:
            message = " ".join(str(error).split()).rstrip(".")
            raise RowError(number, name, message) from error
        steps.append(step)
        shapes[name] = step.out_shape
        previous = name
    return steps


def row_names(layers: Sequence[Row]) -> list[str]:
    """The names of the rows; those without one are numbered by kind: conv1, norm1, ...

    Raises RowError for a row that is no table, or whose name or kind is no word.
    """
    given = [_words(number, row) for number, row in enumerate(layers)]
    taken = {name for _, name in given if name}
    seen: Counter[str] = Counter()
    result: list[str] = []
    for kind, name in given:
        while not name:
            short = (LAYER_KINDS[kind].short if kind in LAYER_KINDS else "") or kind or "layer"
            seen[short] += 1
            candidate = f"{short}{seen[short]}"
            name = "" if candidate in taken else candidate
        result.append(name)
    return result


def _words(number: int, row: Row) -> tuple[str, str]:
    """A row's kind and its name."""
    if not isinstance(row, Mapping):
        raise RowError(number, "?", f"it is {quoted(row)}; a layer is a table of names and values")
    try:
        return text(row.get("type"), "kind"), text(row.get("name"), "name")
    except LabError as error:
        raise RowError(number, "?", str(error)) from error


def _step(
    row: Row, name: str, previous: str, shapes: Mapping[str, tuple[int, ...]], classes: int
) -> tuple[Step, int]:
    """The row as a step, and how many parameters it has."""
    if not name.isidentifier() or name in _TAKEN or len(name) > MAX_NAME:
        raise LabError(f"{quoted(name)} cannot be a name; use letters, digits and underscores")
    kind = LAYER_KINDS[text(row.get("type"), "kind")]
    sources = _sources(kind, text(row.get("from"), "From"), previous, shapes)
    shape = shapes[sources[0]]
    if kind.needs_map and len(shape) != 3:
        raise LabError(
            f"it needs a map, and {sources[0]} gives {_written(shape)} numbers without height and "
            "width; put it before the layer that flattens the map"
        )
    code = kind.code(settings(row, kind.fields, kind.defaults, shape, classes))
    with torch.device("meta"), torch.no_grad():
        inputs = [torch.zeros(2, *shapes[source]) for source in sources]
        if not code:
            return Step(name, row["type"], code, sources, _joined(row["type"], inputs)), 0
        try:
            module = make(code).eval()
            output = tuple(module(*inputs).shape[1:])
        except Exception as error:  # torch says what does not fit
            raise LabError(str(error)[:300]) from error
    parameters = sum(p.numel() for p in module.parameters())
    _check_cost(module, output, parameters)
    return Step(name, row["type"], code, sources, output), parameters


def _sources(
    kind: LayerKind, given: str, previous: str, shapes: Mapping[str, tuple[int, ...]]
) -> tuple[str, ...]:
    named = [part.strip() for part in given.split(",") if part.strip()]
    for source in named:
        if source not in shapes:
            raise LabError(f"there is no layer {quoted(source)} above it; {_some(shapes)}")
    if kind.inputs == 2 and not named:
        raise LabError(f"it joins nothing; name a layer in From: {_some(shapes)}")
    if kind.inputs == 1 and len(named) > 1:
        raise LabError("it takes one input; only a sum or a concatenation joins several")
    return (previous, *named) if kind.inputs == 2 else (named[0] if named else previous,)


def _joined(kind: str, inputs: Sequence[Tensor]) -> tuple[int, ...]:
    sizes = ", ".join(_written(tuple(entry.shape[1:])) for entry in inputs)
    if kind == "add" and len({entry.shape for entry in inputs}) > 1:
        raise LabError(f"only maps of one shape can be added, not {sizes}")
    try:
        output = tuple(join(kind, inputs).shape[1:])
    except RuntimeError as error:
        raise LabError(
            f"maps of {sizes} cannot be concatenated: height and width must be equal"
        ) from error
    _check_cost(None, output, 0)
    return output


def _check_cost(module: nn.Module | None, output: tuple[int, ...], parameters: int) -> None:
    """Refuse a layer that no machine here could run."""
    numbers = prod(output)
    weight = getattr(module, "weight", None)
    macs = numbers * weight[0].numel() if isinstance(weight, Tensor) and weight.ndim > 1 else 0
    kernel = getattr(module, "kernel_size", 1)
    macs = max(macs, numbers * (prod(kernel) if isinstance(kernel, tuple) else kernel**2))
    if numbers > MAX_ACTIVATION or macs > MAX_MACS or parameters > MAX_PARAMETERS:
        raise LabError(
            f"it gives {numbers:,} numbers for an image with {parameters:,} weights and {macs:,} "
            f"multiply-accumulates; stay below {MAX_ACTIVATION:,}, {MAX_PARAMETERS:,} and "
            f"{MAX_MACS:,}"
        )


def _some(shapes: Mapping[str, Any]) -> str:
    return "choose one of " + ", ".join(list(shapes)[-8:])


def _written(shape: tuple[int, ...]) -> str:
    return "x".join(str(n) for n in shape)


_TAKEN = frozenset({IMAGE, "steps", "training", "forward", "x", "torch", "nn"}) | frozenset(
    dir(nn.Module)
)
