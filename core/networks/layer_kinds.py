"""The kinds of layers that the editor's table can hold: one record each. No torch.

Every kind knows its fields and how to write its module down as Python.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.networks.layer_settings import CLASSES, FIELDS, Settings, Size
from core.registry import Registry

__all__ = ["CLASSES", "FIELDS", "LAYER_KINDS", "LayerKind"]


@dataclass(frozen=True)
class LayerKind:
    """`code` writes the module as Python; "" for what is a call in forward (`join`, `flatten`)."""

    label: str
    help: str
    fields: tuple[str, ...]
    code: Callable[[Settings], str]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    inputs: int = 1  # 2: joins the row before it with those named in its "from"
    short: str = ""  # what rows without a name are called, before their number; "": as the kind
    needs_map: bool = False  # whether its input must have a height and a width


LAYER_KINDS: Registry[LayerKind] = Registry("kind of layer")


def _short(value: Size) -> str:
    return str(value[0]) if value[0] == value[1] else str(value)


def _conv(s: Settings) -> str:
    return _convolution(s, s.channels, s.groups)


def _depthwise(s: Settings) -> str:
    return _convolution(s, s.in_shape[0], s.in_shape[0])


def _convolution(s: Settings, outputs: int, groups: int) -> str:
    parts = [f"nn.Conv2d({s.in_shape[0]}, {outputs}, {_short(s.kernel)}"]
    for name, value, usual in (
        ("stride", s.stride, (1, 1)),
        ("padding", s.padding, (0, 0)),
        ("dilation", s.dilation, (1, 1)),
    ):
        if value != usual:
            parts.append(f"{name}={_short(value)}")
    if groups != 1:
        parts.append(f"groups={groups}")
    if not s.bias:
        parts.append("bias=False")
    return ", ".join(parts) + ")"


def _pooling(name: str) -> Callable[[Settings], str]:
    def code(s: Settings) -> str:
        extra = f", padding={_short(s.padding)}" if s.padding != (0, 0) else ""
        return f"nn.{name}({_short(s.kernel)}, stride={_short(s.stride)}{extra})"

    return code


def _norm(s: Settings) -> str:
    return f"nn.BatchNorm{'2d' if len(s.in_shape) == 3 else '1d'}({s.in_shape[0]})"


def _dropout(s: Settings) -> str:
    return f"nn.Dropout{'2d' if len(s.in_shape) == 3 else ''}({s.p:g})"


def _linear(s: Settings) -> str:
    return f"nn.Linear({s.in_shape[-1]}, {s.channels}{'' if s.bias else ', bias=False'})"


def _plain(text: str) -> Callable[[Settings], str]:
    return lambda s: text


_WINDOW = ("kernel", "stride", "padding")
for _name, _kind in {
    "conv": LayerKind(
        "Convolution",
        "A full or grouped convolution.",
        ("channels", *_WINDOW, "dilation", "groups", "bias"),
        _conv,
        needs_map=True,
    ),
    "depthwise": LayerKind(
        "Depthwise convolution",
        "One kernel per channel: groups = input channels = output channels.",
        (*_WINDOW, "dilation", "bias"),
        _depthwise,
        short="conv",
        needs_map=True,
    ),
    "norm": LayerKind(
        "Batch normalization", "Every channel to mean 0 and standard deviation 1.", (), _norm
    ),
    "relu": LayerKind("ReLU", "Negative values become 0.", (), _plain("nn.ReLU()")),
    "gelu": LayerKind("GELU", "A smooth ReLU.", (), _plain("nn.GELU()")),
    "silu": LayerKind("SiLU", "x × sigmoid(x), also called swish.", (), _plain("nn.SiLU()")),
    "dropout": LayerKind(
        "Dropout", "Sets channels to 0 at random during training.", ("p",), _dropout, short="drop"
    ),
    "max_pool": LayerKind(
        "Max pooling",
        "The maximum of each window; the assignment forbids it.",
        _WINDOW,
        _pooling("MaxPool2d"),
        {"kernel": 2, "stride": 2, "padding": 0},
        short="pool",
        needs_map=True,
    ),
    "avg_pool": LayerKind(
        "Average pooling",
        "The mean of each window.",
        _WINDOW,
        _pooling("AvgPool2d"),
        {"kernel": 2, "stride": 2, "padding": 0},
        short="pool",
        needs_map=True,
    ),
    "global_pool": LayerKind(
        "Global average pooling",
        "The mean over the whole feature map, one number per channel.",
        (),
        _plain("nn.AdaptiveAvgPool2d(1)"),
        short="pool",
        needs_map=True,
    ),
    "flatten": LayerKind(
        "Flatten", "A feature map becomes one vector.", (), _plain("nn.Flatten()")
    ),
    "linear": LayerKind(
        "Fully connected",
        "nn.Linear: every output is a weighted sum of all inputs.",
        ("channels", "bias"),
        _linear,
        {"bias": True},
        short="fc",
    ),
    "add": LayerKind(
        "Sum",
        "Adds the outputs of the layers named in From (a residual connection).",
        (),
        _plain(""),
        inputs=2,
    ),
    "concat": LayerKind(
        "Concatenation",
        "Concatenates the channels of the layers named in From.",
        (),
        _plain(""),
        inputs=2,
    ),
}.items():
    LAYER_KINDS.add(_name, _kind)
