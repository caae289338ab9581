"""From a network to the editor's table of layers, where a table can hold it."""

from typing import Any

from core.analysis.summary.inspection import Inspection, Layer, flat
from core.errors import LabError
from core.networks.layer_kinds import CLASSES

_MODULES = {
    "BatchNorm2d": "norm",
    "BatchNorm1d": "norm",
    "ReLU": "relu",
    "GELU": "gelu",
    "SiLU": "silu",
    "Dropout": "dropout",
    "Dropout2d": "dropout",
    "MaxPool2d": "max_pool",
    "AvgPool2d": "avg_pool",
    "AdaptiveAvgPool2d": "global_pool",
    "Flatten": "flatten",
    "Linear": "linear",
}
_FUNCTIONS = {
    "ReLU": "relu",
    "GELU": "gelu",
    "SiLU": "silu",
    "sum": "add",
    "concatenation": "concat",
    "average pooling": "global_pool",
}
_SKIPPED = ("reshaping", "copy")


def rows_of(inspection: Inspection) -> list[dict[str, Any]]:
    """The table of a network; LabError names the first layer that a table cannot hold.

    What forward calls as a function (an activation, a sum) becomes a row of its own.
    """
    if inspection.failure is not None:
        raise LabError(f"{inspection.name} cannot be edited: its forward pass fails.")
    named = {row.name for row in inspection.layers}
    result: list[dict[str, Any]] = []
    made: dict[int, str] = {-1: "image"}  # operation -> name of the row that makes its output
    previous = "image"
    by_name = {row.name: row for row in inspection.layers}
    done: set[str] = set()
    for op in inspection.operations:
        leaf = by_name.get(op.layer)
        if leaf is not None and op.label == op.layer:
            if op.index != leaf.operation:
                continue  # a step within a layer
            row = _module(leaf, inspection)
            row["name"] = _identifier(leaf.name)
            done.add(leaf.name)
            sources = _sources(leaf, inspection, made)
        elif op.kind in _SKIPPED:
            made[op.index] = made.get(op.inputs[0], previous)
            continue
        elif op.kind in _FUNCTIONS:
            row = {"type": _FUNCTIONS[op.kind], "name": _fresh(_FUNCTIONS[op.kind], result, named)}
            sources = [made.get(source, previous) for source in op.inputs]
        else:
            raise LabError(
                f"{inspection.name} cannot be edited as a table: {op.label} ({op.kind}) has no "
                "row; edit its file instead."
            )
        _connect(row, sources, previous)
        result.append(row)
        made[op.index] = previous = str(row["name"])
    return _with_quiet_layers(result, inspection)


def _module(leaf: Layer, inspection: Inspection) -> dict[str, Any]:
    if leaf.again:
        raise LabError(
            f"{inspection.name} cannot be edited as a table: {leaf.name} is called twice; edit its "
            "file instead."
        )
    if leaf.type == "Conv2d":
        return _conv(leaf, inspection)
    kind = _MODULES.get(leaf.type)
    if kind is None or (leaf.type == "AdaptiveAvgPool2d" and leaf.out_shape[1:] != (1, 1)):
        raise LabError(
            f"{inspection.name} cannot be edited as a table: {leaf.name} ({leaf.type}) has no row; "
            "edit its file instead."
        )
    row: dict[str, Any] = {"type": kind}
    if kind in ("max_pool", "avg_pool"):
        row |= {name: _text(getattr(leaf, name)) for name in ("kernel", "stride", "padding")}
    if kind == "linear":
        row |= {
            "channels": _channels(leaf, inspection),
            "bias": leaf.parameters > leaf.in_shape[-1] * leaf.out_shape[-1],
        }
    return row


def _conv(leaf: Layer, inspection: Inspection) -> dict[str, Any]:
    assert leaf.kernel is not None
    inputs, outputs = leaf.in_shape[0], leaf.out_shape[0]
    groups = leaf.groups or 1
    weights = int(leaf.kernel[0] * leaf.kernel[1]) * outputs * inputs // groups
    row: dict[str, Any] = {
        name: _text(getattr(leaf, name)) for name in ("kernel", "stride", "padding", "dilation")
    }
    row["bias"] = leaf.parameters > weights
    if groups == inputs == outputs and groups > 1:
        return {"type": "depthwise"} | row
    return {"type": "conv", "channels": _channels(leaf, inspection), "groups": groups} | row


def _channels(leaf: Layer, inspection: Inspection) -> int | str:
    last = [row for row in inspection.layers if row.type in ("Conv2d", "Linear")][-1]
    return CLASSES if leaf is last else leaf.out_shape[0]


def _text(pair: tuple[float, float] | None) -> str:
    value = flat(pair)
    if isinstance(value, list):
        return "x".join(f"{side:g}" for side in value)
    return f"{value:g}"


def _sources(leaf: Layer, inspection: Inspection, made: dict[int, str]) -> list[str]:
    """Where the layer's first step took its input from."""
    inside = [o for o in inspection.operations if o.layer == leaf.name]
    return [made[source] for source in inside[0].inputs if source in made]


def _connect(row: dict[str, Any], sources: list[str], previous: str) -> None:
    if row["type"] in ("add", "concat"):
        others = list(sources)
        if previous in others:
            others.remove(previous)
        row["from"] = ", ".join(others or [previous])
    elif sources and sources[0] != previous:
        row["from"] = sources[0]


def _with_quiet_layers(rows: list[dict[str, Any]], inspection: Inspection) -> list[dict[str, Any]]:
    """Put dropouts back, which compute nothing when a network is only looked at."""
    result = list(rows)
    names = [row["name"] for row in rows]
    for number, layer in enumerate(inspection.layers):
        name = _identifier(layer.name)
        kind = _MODULES.get(layer.type)
        if name in names or kind != "dropout":
            continue
        before = next(
            (
                _identifier(earlier.name)
                for earlier in reversed(inspection.layers[:number])
                if _identifier(earlier.name) in [row["name"] for row in result]
            ),
            None,
        )
        place = [row["name"] for row in result].index(before) + 1 if before else 0
        rate = 0.05
        if inspection.model is not None:
            rate = float(getattr(inspection.model.get_submodule(layer.name), "p", rate))
        result.insert(place, {"type": "dropout", "name": name, "p": rate})
        names.append(name)
    return result


def _identifier(name: str) -> str:
    written = name.replace(".", "_")
    return written if written.isidentifier() else f"layer_{written}"


def _fresh(kind: str, rows: list[dict[str, Any]], named: set[str]) -> str:
    taken = {str(row["name"]) for row in rows} | {_identifier(name) for name in named}
    number = 1
    while f"{kind}{number}" in taken:
        number += 1
    return f"{kind}{number}"
