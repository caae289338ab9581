"""Operations that look through windows along the directions: convolution, pooling, resizing."""

from collections.abc import Sequence
from math import prod
from typing import Any

from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.axis_fields import AxisFields, listed
from core.analysis.receptive_field.propagation.layout import Geometry
from core.analysis.receptive_field.propagation.operations import (
    Handler,
    Handlers,
    Shape,
    Step,
    Traced,
    along_each,
    default,
    pair,
    unknown,
)

WINDOWS = Handlers()


def _windows(
    seen: Traced,
    shape: Shape,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Geometry:
    """After windows over the last len(kernel) dimensions."""
    return along_each(
        seen,
        shape,
        len(kernel),
        lambda fields, size, place: fields.window(
            size, kernel[place], stride[place], padding[place], dilation[place]
        ),
    )


def _pooled(seen: Traced, shape: Shape, count: int = 2) -> tuple[str, ...]:
    """The directions of which a pooling left one position."""
    axes: list[str] = []
    for back in range(1, count + 1):
        if shape[-back] == 1:
            axes += seen.geometry.axes_of(len(seen.shape) - back)
    return tuple(axes)


@WINDOWS.of("convolution")
def _convolution(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x, weight, _, stride, padding, dilation, transposed, _, groups = args[:9]
    if not isinstance(x, Traced) or isinstance(weight, Traced):
        both = [entry for entry in (x, weight) if isinstance(entry, Traced)]
        return unknown("a convolution with weights made from the image", both, shape)
    count = len(shape) - 2
    stride, padding, dilation = (pair(value, count) for value in (stride, padding, dilation))
    kernel = tuple(weight.shape[2:])
    geometry = x.geometry
    if geometry.axes_of(1):
        geometry = g.mixed(geometry, [1])
    geometry = g.resized(geometry, 1, shape[1])
    now = Traced(geometry, x.shape)
    if transposed:
        channels = (int(weight.shape[0]), int(weight.shape[1]) * groups)
        macs = prod(x.shape) * int(weight.shape[1]) * prod(kernel)
        after = along_each(
            now,
            shape,
            count,
            lambda fields, size, place: fields.transposed(
                size, stride[place], kernel[place], padding[place], dilation[place]
            ),
        )
    else:
        channels = (int(weight.shape[1]) * groups, int(weight.shape[0]))
        macs = prod(shape) * int(weight.shape[1]) * prod(kernel)
        after = _windows(now, shape, kernel, stride, padding, dilation)
    return Step(
        "transposed convolution" if transposed else "convolution",
        after,
        kernel=kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        channels=channels,
        macs=macs,
    )


@WINDOWS.of("max_pool2d_with_indices", "max_pool2d", "max_pool1d", "max_pool3d_with_indices")
def _max_pool(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x, kernel = args[0], pair(args[1])
    stride = pair(default(args, 2, None) or kernel, len(kernel))
    padding = pair(default(args, 3, 0), len(kernel))
    dilation = pair(default(args, 4, 1), len(kernel))
    after = _windows(x, shape, kernel, stride, padding, dilation)
    pooled = _pooled(x, shape, len(kernel))
    return Step("max pooling", after, kernel, stride, padding, dilation, pooled=pooled)


@WINDOWS.of("fractional_max_pool2d")
def _random_max_pool(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    """Its windows are drawn at random, so no window is known."""
    step = unknown("pooling over random windows", [args[0]], shape)
    step.kind = "max pooling"
    return step


@WINDOWS.of("avg_pool2d", "avg_pool1d")
def _avg_pool(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x, kernel = args[0], pair(args[1])
    stride = pair(default(args, 2, None) or kernel, len(kernel))
    padding = pair(default(args, 3, 0), len(kernel))
    ones = (1,) * len(kernel)
    after = _windows(x, shape, kernel, stride, padding, ones)
    covers = all(
        size <= window for size, window in zip(x.shape[-len(kernel) :], kernel, strict=True)
    )
    pooled = _pooled(x, shape, len(kernel)) if covers else ()
    return Step("average pooling", after, kernel, stride, padding, pooled=pooled)


def _adaptive_as(kind: str) -> Handler:
    def handler(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
        x: Traced = args[0]
        count = len(args[1]) if isinstance(args[1], Sequence) else 1
        after = along_each(x, shape, count, lambda fields, size, _: fields.pooled_to(size))
        first = len(shape) - count
        kernel = tuple(-(-x.shape[i] // shape[i]) for i in range(first, len(shape)))
        pooled = _pooled(x, shape, count)
        return Step(kind, after, kernel=kernel, stride=kernel, pooled=pooled)

    return handler


for _name in ("_adaptive_avg_pool2d", "adaptive_avg_pool2d", "adaptive_avg_pool1d"):
    WINDOWS[_name] = _adaptive_as("average pooling")
WINDOWS["adaptive_max_pool2d"] = _adaptive_as("max pooling")


@WINDOWS.of("constant_pad_nd", "reflection_pad2d", "replication_pad2d", "reflection_pad1d")
def _pad(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x, sides = args[0], args[1]
    result = x.geometry
    for back in range(len(sides) // 2):
        index = len(shape) - 1 - back
        before, after = sides[2 * back], sides[2 * back + 1]
        if not (before or after):
            continue
        result, axis = g.along(result, index)
        if axis:
            fields = result.fields(axis).window(shape[index], padding=before)
            result = g.with_axis(result, index, axis, fields)
        else:
            result = g.resized(result, index, shape[index])
    return Step("padding", result, padding=tuple(sides))


def _interpolation(taps: int) -> Handler:
    def handler(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
        align = taps > 1 and bool(default(args, 2, False))

        def resized(fields: AxisFields, size: int, _: int) -> AxisFields:
            if taps > 1:
                return fields.interpolated(size, taps, align_corners=align)
            factor = size // fields.size
            if factor * fields.size == size:
                return fields.repeated(factor)
            return listed(fields.at(i * fields.size // size) for i in range(size))

        return Step("upsampling", along_each(args[0], shape, len(shape) - 2, resized))

    return handler


WINDOWS["upsample_nearest2d"] = _interpolation(1)
WINDOWS["upsample_bilinear2d"] = _interpolation(2)
WINDOWS["upsample_bicubic2d"] = _interpolation(4)


@WINDOWS.of("pixel_shuffle", "pixel_unshuffle")
def _pixel_shuffle(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x, factor = args[0], args[1]

    def rearranged(fields: AxisFields, size: int, _: int) -> AxisFields:
        return (
            fields.repeated(factor) if size > fields.size else fields.window(size, factor, factor)
        )

    after = along_each(x, shape, 2, rearranged)
    return Step("rearranging", g.resized(after, len(shape) - 3, shape[-3]))
