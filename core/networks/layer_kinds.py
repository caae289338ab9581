"""The kinds of layers that the editor's table can hold: one record each. No torch.

Every kind knows its fields, how to make its module (torch is handed in) and how to write the same
module down as Python. Sizes may differ in height and width: `3` or `1x5`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import LabError
from core.registry import Registry

CLASSES = "classes"  # in place of a number of channels: as many as the data has classes
MAX_VALUE = 4096
FIELDS = ("channels", "kernel", "stride", "padding", "dilation", "groups", "bias", "p")
_SIZE = re.compile(r"\s*(\d+)\s*(?:[x,×]\s*(\d+)\s*)?")

Row = Mapping[str, Any]
Size = tuple[int, int]


@dataclass(frozen=True)
class Settings:
    """A row's fields, checked, with what its input is."""

    channels: int
    kernel: Size
    stride: Size
    padding: Size
    dilation: Size
    groups: int
    bias: bool
    p: float
    in_shape: tuple[int, ...]


@dataclass(frozen=True)
class LayerKind:
    """`code` writes the module as Python; "" for what is a call in forward (`join`, `flatten`)."""

    label: str
    help: str
    fields: tuple[str, ...]
    code: Callable[[Settings], str]
    defaults: Mapping[str, Any] | None = None
    inputs: int = 1  # 2: joins the row before it with those named in its "from"


LAYER_KINDS: Registry[LayerKind] = Registry("kind of layer")


def size(value: object, what: str, least: int) -> Size:
    """`3`, `"3"`, `"1x5"` or `[1, 5]` as (height, width); LabError otherwise."""
    sides: list[object] = [value, value]
    if isinstance(value, list | tuple) and len(value) == 2:
        sides = list(value)
    elif isinstance(value, str):
        match = _SIZE.fullmatch(value)
        if match:
            sides = [int(match[1]), int(match[2] or match[1])]
    whole = [int(s) for s in sides if isinstance(s, int | float) and s == int(s)]
    if len(whole) != 2 or not all(least <= side <= MAX_VALUE for side in whole):
        raise LabError(
            f"the {what} is {value!r}; write a whole number from {least} up, or two as in 1x5"
        )
    return whole[0], whole[1]


def number(value: object, what: str, least: int = 1) -> int:
    """A whole number, also as text; LabError otherwise."""
    try:
        whole = int(str(value).strip()) if not isinstance(value, float) else int(value)
    except (ValueError, OverflowError):
        whole = -1
    if isinstance(value, bool) or not least <= whole <= MAX_VALUE or whole != float(str(value)):
        raise LabError(f"the {what} is {value!r}; write a whole number from {least} to {MAX_VALUE}")
    return whole


def settings(row: Row, in_shape: tuple[int, ...], classes: int) -> Settings:
    """The fields of a row with the defaults of its kind filled in; LabError for one that is bad."""
    kind = LAYER_KINDS[row["type"]]
    given = {**_DEFAULTS, **(kind.defaults or {})}
    given.update({k: v for k, v in row.items() if k in FIELDS and v not in (None, "")})
    inputs = in_shape[0] if in_shape else 1
    channels = given["channels"]
    if str(channels).strip().lower() == CLASSES:
        channels = classes
    kernel = size(given["kernel"], "kernel", 1)
    dilation = size(given["dilation"], "dilation", 1)
    padding = given["padding"]
    if str(padding).strip().lower() == "same":
        padding = [(k - 1) * d // 2 for k, d in zip(kernel, dilation, strict=True)]
    try:
        rate = float(given["p"])
    except (TypeError, ValueError):
        rate = -1.0
    if not 0 <= rate < 1:
        raise LabError(f"the dropout rate is {given['p']!r}; write a number from 0 up to 1")
    return Settings(
        channels=number(channels, "number of channels") if "channels" in kind.fields else inputs,
        kernel=kernel,
        stride=size(given["stride"], "stride", 1),
        padding=size(padding, "padding", 0),
        dilation=dilation,
        groups=number(given["groups"], "number of groups"),
        bias=bool(given["bias"]),
        p=rate,
        in_shape=in_shape,
    )


_DEFAULTS: dict[str, Any] = {
    "channels": 16,
    "kernel": 3,
    "stride": 1,
    "padding": "same",
    "dilation": 1,
    "groups": 1,
    "bias": False,
    "p": 0.05,
}


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
    ),
    "depthwise": LayerKind(
        "Depthwise convolution",
        "One kernel a channel; it follows the channels that come in.",
        (*_WINDOW, "dilation", "bias"),
        _depthwise,
    ),
    "norm": LayerKind("Batch normalization", "Mean 0 and deviation 1, a channel.", (), _norm),
    "relu": LayerKind("ReLU", "Negative values become 0.", (), _plain("nn.ReLU()")),
    "gelu": LayerKind("GELU", "A smooth ReLU.", (), _plain("nn.GELU()")),
    "silu": LayerKind("SiLU", "x times its sigmoid.", (), _plain("nn.SiLU()")),
    "dropout": LayerKind(
        "Dropout", "Switches channels off at random in training.", ("p",), _dropout
    ),
    "max_pool": LayerKind(
        "Max pooling",
        "The largest of a window; the assignment forbids it.",
        _WINDOW,
        _pooling("MaxPool2d"),
        {"kernel": 2, "stride": 2, "padding": 0},
    ),
    "avg_pool": LayerKind(
        "Average pooling",
        "The mean of a window.",
        _WINDOW,
        _pooling("AvgPool2d"),
        {"kernel": 2, "stride": 2, "padding": 0},
    ),
    "global_pool": LayerKind(
        "Global average pooling",
        "The mean over the whole map.",
        (),
        _plain("nn.AdaptiveAvgPool2d(1)"),
    ),
    "flatten": LayerKind("Flatten", "A map becomes one long vector.", (), _plain("nn.Flatten()")),
    "linear": LayerKind(
        "Fully connected",
        "Every output from every input.",
        ("channels", "bias"),
        _linear,
        {"bias": True},
    ),
    "add": LayerKind(
        "Sum", "Adds the layers named in From (a residual).", (), _plain(""), inputs=2
    ),
    "concat": LayerKind(
        "Concatenation", "Lays the channels of those in From behind.", (), _plain(""), inputs=2
    ),
}.items():
    LAYER_KINDS.add(_name, _kind)
