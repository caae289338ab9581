"""A network made so that gradients show connections: positive weights, nothing switched off.

For the probe (core/analysis/receptive_field/gradient_probe.py). Every weight becomes positive, so
that no two paths cancel; activations and normalizations let everything pass; a maximum, whose
gradient reaches one element only, becomes an average over the same elements. A convolution's
weights are the product of one positive kernel and equal channel weights, and are applied as such,
which is many times faster than the full product and connects the same pixels.
"""

import itertools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_SEED = 20
_PASSING = {
    "relu", "relu_", "leaky_relu", "leaky_relu_", "rrelu", "elu", "elu_", "selu", "celu", "gelu",
    "silu", "mish", "sigmoid", "sigmoid_", "logsigmoid", "tanh", "hardtanh", "hardtanh_", "relu6",
    "hardswish", "hardsigmoid", "softplus", "softsign", "prelu", "clamp", "clamp_", "clip",
    "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout",
    "batch_norm", "group_norm", "layer_norm", "instance_norm", "rms_norm", "local_response_norm",
}  # fmt: skip


def positive(model: nn.Module) -> nn.Module:
    """Make a module's numbers positive, in double precision on the CPU, in eval mode."""
    blank = any(t.is_meta for t in itertools.chain(model.parameters(), model.buffers()))
    model = model.to_empty(device="cpu") if blank else model.cpu()
    model = model.double().eval()
    generator = torch.Generator().manual_seed(_SEED)
    with torch.no_grad():
        for parameter in model.parameters():
            inputs = max(parameter[0].numel(), 1) if parameter.ndim > 1 else 1
            drawn = torch.rand(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.copy_((drawn + 0.5) / inputs)
            parameter.requires_grad_(False)
        for name, buffer in model.named_buffers():
            if buffer.is_floating_point():
                value = 0.0 if name.endswith("running_mean") else 1.0
                buffer.copy_(torch.full_like(buffer, value) if blank else buffer.abs())
    return model


class Connections(TorchFunctionMode):
    """While this is on, functions that hide connections are carried out as ones that show them."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.learnt = {id(parameter) for parameter in model.parameters()}
        self.generator = torch.Generator().manual_seed(_SEED)

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in _PASSING:
            return args[0] if args else kwargs["input"]
        if name == "conv2d" and self._is_learnt(args, kwargs):
            return self._convolution(*args, **kwargs)
        if name in _AVERAGES:
            return _AVERAGES[name](*args, **kwargs)
        return func(*args, **kwargs)

    def _is_learnt(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        weight = args[1] if len(args) > 1 else kwargs.get("weight")
        return id(weight) in self.learnt

    def _convolution(
        self,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        count, channels, *size = input.shape
        outputs, expected, *kernel = weight.shape
        if channels != expected * groups:  # torch's own words for what does not fit
            return F.conv2d(input, weight, bias, stride, padding, dilation, groups)
        if channels != groups:
            input = input.reshape(count, groups, channels // groups, *size).mean(2)
        drawn = torch.rand((groups, 1, *kernel), generator=self.generator, dtype=input.dtype)
        taps = (drawn + 0.5) / (kernel[0] * kernel[1])
        single = F.conv2d(input, taps, None, stride, padding, dilation, groups)
        if outputs == groups:
            return single
        wide = single.unsqueeze(2).expand(-1, -1, outputs // groups, -1, -1)
        return wide.reshape(count, outputs, *single.shape[2:])


def _max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    kernel, steps = _pair(kernel_size), _pair(stride or kernel_size)
    if _pair(dilation) == (1, 1):
        result = F.avg_pool2d(input, kernel, steps, padding, ceil_mode)
    else:
        if ceil_mode:
            input = F.pad(input, (0, steps[1] - 1, 0, steps[0] - 1))
        channels = input.shape[1]
        taps = torch.ones((channels, 1, *kernel), dtype=input.dtype) / (kernel[0] * kernel[1])
        result = F.conv2d(input, taps, None, steps, padding, dilation, channels)
    return (result, torch.zeros_like(result, dtype=torch.long)) if return_indices else result


def _adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    result = F.adaptive_avg_pool2d(input, output_size)
    return (result, torch.zeros_like(result, dtype=torch.long)) if return_indices else result


def _amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    return input.mean(dim, keepdim=keepdim) if dim != () else input.mean()


def _max(input: Tensor, dim: Any = None, keepdim: bool = False, other: Any = None) -> Any:
    other = dim if isinstance(dim, Tensor) else other
    if other is not None:
        return (input + other) / 2
    if dim is None:
        return input.mean()
    values = input.mean(dim, keepdim=keepdim)
    return torch.return_types.max((values, torch.zeros_like(values, dtype=torch.long)))


def _middle(input: Tensor, other: Tensor) -> Tensor:
    return (input + other) / 2


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[-1])


_AVERAGES: dict[str, Callable[..., Any]] = {
    "max_pool2d": _max_pool2d,
    "_max_pool2d": _max_pool2d,
    "max_pool2d_with_indices": lambda *args, **kwargs: _max_pool2d(
        *args, **{**kwargs, "return_indices": True}
    ),
    "adaptive_max_pool2d": _adaptive_max_pool2d,
    "_adaptive_max_pool2d": _adaptive_max_pool2d,
    "amax": _amax,
    "amin": _amax,
    "max": _max,
    "min": _max,
    "maximum": _middle,
    "minimum": _middle,
    "fmax": _middle,
    "fmin": _middle,
}
