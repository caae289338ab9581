"""A network from a table of layers, for the editor, saved networks and runs that used them.

A row is `{"type": ..., "name": ..., fields of its kind}`. Its input is the row before it, or the
row named in "from" ("image" is the image); a sum or concatenation joins the row before it with
those that "from" names. The first rows need no names: they are numbered by kind.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.errors import LabError
from core.networks.layer_kinds import LAYER_KINDS, Row, settings

IMAGE = "image"
MAX_ROWS = 300
_SHORT = {
    "dropout": "drop",
    "max_pool": "pool",
    "avg_pool": "pool",
    "global_pool": "pool",
    "linear": "fc",
    "depthwise": "conv",
}


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
    previous = IMAGE
    for number, (row, name) in enumerate(zip(layers, names, strict=True)):
        try:
            if name in shapes:
                raise LabError("there is another layer of that name; name it differently")
            step = _step(row, name, previous, shapes, classes)
        except RowError:
            raise
        except (LabError, RuntimeError, ValueError) as error:
            message = " ".join(str(error).split()).rstrip(".")
            raise RowError(number, name, message) from error
        steps.append(step)
        shapes[name] = step.out_shape
        previous = name
    return steps


def row_names(layers: Sequence[Row]) -> list[str]:
    """The names of the rows; those without one are numbered by kind: conv1, norm1, ..."""
    given = {str(row.get("name")) for row in layers if row.get("name")}
    seen: Counter[str] = Counter()
    result: list[str] = []
    for row in layers:
        name = str(row.get("name") or "")
        while not name:
            kind = str(row.get("type"))
            short = _SHORT.get(kind, kind)
            seen[short] += 1
            candidate = f"{short}{seen[short]}"
            name = "" if candidate in given else candidate
        result.append(name)
    return result


def _step(
    row: Row, name: str, previous: str, shapes: Mapping[str, tuple[int, ...]], classes: int
) -> Step:
    if not name.isidentifier() or name in _TAKEN:
        raise LabError(f"{name!r} cannot be a name; use letters, digits and underscores")
    kind = LAYER_KINDS[str(row.get("type"))]
    named = [part.strip() for part in str(row.get("from") or "").split(",") if part.strip()]
    for source in named:
        if source not in shapes:
            raise LabError(f"there is no layer {source!r} above it; {_some(shapes)}")
    if kind.inputs == 2 and not named:
        raise LabError(f"it joins nothing; write a layer into From: {_some(shapes)}")
    if kind.inputs == 1 and len(named) > 1:
        raise LabError("it takes one input; only a sum or a concatenation joins several")
    sources = (previous, *named) if kind.inputs == 2 else (named[0] if named else previous,)
    checked = settings(row, shapes[sources[0]], classes)
    code = kind.code(checked)
    with torch.device("meta"), torch.no_grad():
        inputs = [torch.zeros(2, *shapes[source]) for source in sources]
        if code:
            output = make(code).eval()(*inputs)
        else:
            if str(row["type"]) == "add" and len({tuple(i.shape) for i in inputs}) > 1:
                sizes = ", ".join(_written(shapes[source]) for source in sources)
                raise LabError(f"only maps of one shape can be added, not {sizes}")
            output = join(str(row["type"]), inputs)
    return Step(name, str(row["type"]), code, sources, tuple(output.shape[1:]))


def _some(shapes: Mapping[str, Any]) -> str:
    return "choose one of " + ", ".join(list(shapes)[-8:])


def _written(shape: tuple[int, ...]) -> str:
    return "x".join(str(n) for n in shape)


_TAKEN = frozenset({IMAGE, "steps", "training", "forward", "x", "torch", "nn"}) | frozenset(
    dir(nn.Module)
)
