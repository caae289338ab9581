"""What an inspection of a network is: its layers, its operations and its totals. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from core.analysis.poolings.record import Pooling, PoolingKind
from core.analysis.receptive_field.collapse import Collapse

if TYPE_CHECKING:
    from torch import nn

BYTES = 4  # of a float32, in which activations are counted
Pair = tuple[float, float]  # height, width


@dataclass(frozen=True)
class Layer:
    """A row of the layer table. Shapes are of one image: (C, H, W) or (features,)."""

    name: str  # path of the module, or what forward called
    type: str
    module: bool = True  # False for a function or operator called in a forward
    kernel: Pair | None = None
    stride: Pair | None = None
    padding: Pair | None = None
    dilation: Pair | None = None
    groups: int | None = None
    in_shape: tuple[int, ...] = ()
    out_shape: tuple[int, ...] = ()  # () where the pass broke off here
    parameters: int = 0
    macs: int = 0  # multiply-accumulates for one image; a bias is not counted
    activation: int = 0  # bytes of the output of one image
    jump: Pair | None = None  # pixels between neighboring positions; None where there is no map
    receptive_field: Pair | None = None  # pixels; None where nothing of the image arrives
    start: Pair | None = None  # middle of the first position's window, in pixels from pixel 0's
    again: bool = False  # the module was called before; its parameters are counted there
    operation: int = -1  # the operation that made the output


@dataclass(frozen=True)
class Operation:
    """What torch carried out, below modules and functions; -1 among `inputs` is the image."""

    index: int
    kind: str
    label: str  # the layer's name, or the function's with the module it stands in
    layer: str  # path of the innermost module; "" is the network's own forward
    inputs: tuple[int, ...]
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    receptive_field: Pair
    jump: Pair | None
    axes: tuple[str, ...]  # of height and width, those with more than one position left
    kernel: Pair | None = None
    stride: Pair | None = None
    padding: Pair | None = None
    dilation: Pair | None = None
    groups: int | None = None
    channels: tuple[int, int] | None = None  # in and out
    pooled: tuple[str, ...] = ()  # directions pooled from all of the map to one position


@dataclass(frozen=True)
class Failure:
    """Where and why a forward pass broke off."""

    layer: str
    type: str
    message: str


@dataclass(frozen=True)
class SummaryRow:
    """A row as the package torchsummary prints it: containers of one's own count as layers."""

    type: str
    out_shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class Inspection:
    """One network at one image size."""

    name: str
    classes: int
    image_size: tuple[int, int]
    layers: tuple[Layer, ...]  # modules without children, in the order in which they were called
    functions: tuple[tuple[int, Layer], ...]  # (number of layers before it, a call in a forward)
    unused: tuple[Layer, ...]  # parameters that the forward pass never used
    operations: tuple[Operation, ...]
    collapses: tuple[Collapse, ...]
    poolings: tuple[Pooling, ...] | None  # as measured on numbers; None where that failed
    summary: tuple[SummaryRow, ...]
    parameters: int
    trainable: int
    macs: int
    receptive_field: (
        Pair | None
    )  # before global pooling, of the local paths; None: see undetermined
    out_shape: tuple[int, ...]
    failure: Failure | None = None
    notes: tuple[str, ...] = ()
    undetermined: str = ""  # why there is no receptive field; "" where there is one
    global_paths: tuple[str, ...] = ()  # operations by which every position sees all of the image
    changes: Mapping[str, str] = field(default_factory=dict)  # rule -> smallest change that passes
    model: "nn.Module | None" = field(default=None, compare=False, repr=False)

    @property
    def rows(self) -> tuple[Layer, ...]:
        """Layers and functions in the order in which they ran, then what was never used."""
        result: list[Layer] = []
        waiting = list(self.functions)
        for number, layer in enumerate(self.layers):
            while waiting and waiting[0][0] <= number:
                result.append(waiting.pop(0)[1])
            result.append(layer)
        return (*result, *(row for _, row in waiting), *self.unused)

    def to_dict(self) -> dict[str, Any]:
        """What `inspect --json` prints beside the rules.

        A number stands for a pair whose two sides are equal.
        """
        plain: dict[str, Any] = {
            "name": self.name,
            "parameters": self.parameters,
            "macs": self.macs,
            "receptive_field": flat(self.receptive_field),
            "layers": [_row(layer) for layer in self.layers],
            "functions": [{"after": n, **_row(row)} for n, row in self.functions],
            "unused": [{"name": row.name, "parameters": row.parameters} for row in self.unused],
            "trainable": self.trainable,
            "image_size": list(self.image_size),
            "out_shape": list(self.out_shape),
            "notes": list(self.notes),
            "undetermined": self.undetermined,
            "global_paths": list(self.global_paths),
        }
        if self.failure is not None:
            plain["failure"] = {name: getattr(self.failure, name) for name in _names(Failure)}
        return plain

    def to_plain(self) -> dict[str, Any]:
        """Everything but the module, in types that JSON holds; `from_plain` is the inverse."""
        plain = {
            name: _plain(getattr(self, name)) for name in _names(Inspection) if name != "model"
        }
        return plain | {"changes": dict(self.changes)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Inspection":
        made: dict[str, Any] = dict(plain)
        made["image_size"] = tuple(plain["image_size"])
        field = plain["receptive_field"]
        made["receptive_field"] = None if field is None else tuple(field)
        made["global_paths"] = tuple(plain["global_paths"])
        made["out_shape"] = tuple(plain["out_shape"])
        made["notes"] = tuple(plain["notes"])
        made["functions"] = tuple((n, _made(Layer, row)) for n, row in plain["functions"])
        if plain["poolings"] is not None:
            found = tuple(_made(Pooling, entry) for entry in plain["poolings"])
            made["poolings"] = tuple(replace(e, kind=PoolingKind(e.kind)) for e in found)
        failure = plain["failure"]
        made["failure"] = None if failure is None else _made(Failure, failure)
        kinds = {
            "layers": Layer,
            "unused": Layer,
            "operations": Operation,
            "collapses": Collapse,
            "summary": SummaryRow,
        }
        for name, kind in kinds.items():
            made[name] = tuple(_made(kind, entry) for entry in plain[name])
        return cls(**made)


def flat(pair: Pair | None) -> float | list[float] | None:
    """One number for two equal ones, whole where it can be."""
    if pair is None:
        return None
    whole = [int(value) if float(value).is_integer() else float(value) for value in pair]
    return whole[0] if len(set(whole)) == 1 else list(whole)


def _row(layer: Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "type": layer.type,
        "kernel": flat(layer.kernel),
        "stride": flat(layer.stride),
        "padding": flat(layer.padding),
        "dilation": flat(layer.dilation),
        "groups": layer.groups,
        "in_shape": list(layer.in_shape),
        "out_shape": list(layer.out_shape),
        "parameters": layer.parameters,
        "macs": layer.macs,
        "jump": flat(layer.jump),
        "receptive_field": flat(layer.receptive_field),
    }


def _names(kind: type) -> list[str]:
    return [entry.name for entry in fields(kind)]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    return value


def _made(kind: type, plain: Mapping[str, Any]) -> Any:
    return kind(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in plain.items()
        }
    )
