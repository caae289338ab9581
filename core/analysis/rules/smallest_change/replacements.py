"""Modules that could stand in the place of others; all on the meta device, without numbers."""

from collections.abc import Sequence

import torch
from torch import nn


def separable_conv(conv: nn.Conv2d) -> nn.Module | None:
    """A depthwise and a pointwise convolution for a full one; None where that changes nothing."""
    if conv.groups != 1 or max(conv.kernel_size) == 1 or conv.in_channels == 1:
        return None
    with torch.device("meta"):
        depthwise = nn.Conv2d(
            conv.in_channels,
            conv.in_channels,
            conv.kernel_size,  # type: ignore[arg-type]
            conv.stride,  # type: ignore[arg-type]
            conv.padding,  # type: ignore[arg-type]
            conv.dilation,  # type: ignore[arg-type]
            groups=conv.in_channels,
            bias=False,
        )
        pointwise = nn.Conv2d(conv.in_channels, conv.out_channels, 1, bias=conv.bias is not None)
    return nn.Sequential(depthwise, pointwise)


def dilated_conv(conv: nn.Conv2d, dilation: int) -> nn.Module | None:
    """The same with more dilation, padded so that the map keeps its size; None for no gain."""
    if max(conv.kernel_size) == 1 or dilation <= min(conv.dilation):
        return None
    if isinstance(conv.padding, str):
        return None
    padding = tuple(
        pad + (kernel - 1) * (dilation - old) // 2
        for pad, kernel, old in zip(conv.padding, conv.kernel_size, conv.dilation, strict=True)
    )
    return _conv(conv, dilation=dilation, padding=padding)


def strided_conv(conv: nn.Conv2d, factor: int) -> nn.Module:
    """The same with `factor` times the stride."""
    return _conv(conv, stride=tuple(stride * factor for stride in conv.stride))


def widened_depthwise(depthwise: nn.Conv2d, full: nn.Conv2d) -> tuple[nn.Module, nn.Module] | None:
    """A 1x1 depthwise and the full convolution after it change parts: 3x3 depthwise, then 1x1."""
    if full.groups != 1 or isinstance(full.padding, str):
        return None
    first = _conv(
        depthwise,
        kernel_size=full.kernel_size,
        padding=full.padding,
        stride=full.stride,
        dilation=full.dilation,
    )
    return first, _conv(full, kernel_size=(1, 1), padding=(0, 0), stride=(1, 1), dilation=(1, 1))


def averaged_linear(linear: nn.Linear, shape: tuple[int, ...]) -> nn.Module:
    """A fully connected layer on the averages of a (C, H, W) map that it took whole."""
    with torch.device("meta"):
        return nn.Sequential(
            nn.Unflatten(-1, shape),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(-3),
            nn.Linear(shape[0], linear.out_features, bias=linear.bias is not None),
        )


def pooled_by_average(module: nn.Module) -> nn.Module | None:
    """The averaging counterpart of a max pooling; None for anything else."""
    if isinstance(module, nn.AdaptiveMaxPool2d):
        return nn.AdaptiveAvgPool2d(module.output_size)
    if isinstance(module, nn.MaxPool2d) and module.dilation in (1, (1, 1)):
        return nn.AvgPool2d(module.kernel_size, module.stride, module.padding, module.ceil_mode)
    return None


def fits(shape: Sequence[int], conv: nn.Conv2d, dilation: int) -> bool:
    """Whether the kernel with this dilation still fits a map (C, H, W) with its padding."""
    reach = (max(conv.kernel_size) - 1) * dilation + 1
    return len(shape) == 3 and reach <= min(shape[1:]) + 2 * dilation


def count(module: nn.Module) -> int:
    """Parameters of a module."""
    return sum(parameter.numel() for parameter in module.parameters())


def _conv(conv: nn.Conv2d, **changes: object) -> nn.Conv2d:
    arguments: dict[str, object] = {
        "in_channels": conv.in_channels,
        "out_channels": conv.out_channels,
        "kernel_size": conv.kernel_size,
        "stride": conv.stride,
        "padding": conv.padding,
        "dilation": conv.dilation,
        "groups": conv.groups,
        "bias": conv.bias is not None,
    }
    with torch.device("meta"):
        return nn.Conv2d(**(arguments | changes))  # type: ignore[arg-type]
