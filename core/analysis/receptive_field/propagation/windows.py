"""Operations that look through windows along the directions: convolution, pooling, resizing."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import floor, prod
from typing import Any

from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.axis_fields import AxisFields
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


def _pool(
    kind: str,
    x: Traced,
    shape: Shape,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Step:
    """Pooling by windows, of which one may cover all of the map."""
    first = len(shape) - len(kernel)
    covers = all(
        size <= reached and shape[-back] == 1
        for back, (size, reached) in enumerate(
            zip(reversed(x.shape[first:]), reversed(kernel), strict=True), 1
        )
    )
    axes = [axis for i in range(first, len(x.shape)) for axis in x.geometry.axes_of(i)]
    after = _windows(x, shape, kernel, stride, padding, dilation)
    pooled = tuple(axes) if covers else ()
    return Step(kind, after, kernel, stride, padding, dilation, pooled=pooled)


def _pooled_away(kind: str, x: Traced, count: int) -> Step:
    """Pooling over all of the last `count` dimensions."""
    first = len(x.shape) - count
    axes = [axis for index in range(first, len(x.shape)) for axis in x.geometry.axes_of(index)]
    after = g.reduced(x.geometry, range(first, len(x.shape)), keep=True)
    kernel = tuple(x.shape[first:]) if axes else ()
    return Step(kind, after, kernel, kernel, pooled=tuple(axes))


@WINDOWS.of("convolution")
def _convolution(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x, weight, _, stride, padding, dilation, transposed, _, groups = args[:9]
    if not isinstance(x, Traced) or isinstance(weight, Traced):
        return None  # weights made from the image
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
def _max_pool(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x, kernel = args[0], pair(args[1])
    stride = pair(default(args, 2, None) or kernel, len(kernel))
    padding = pair(default(args, 3, 0), len(kernel))
    dilation = pair(default(args, 4, 1), len(kernel))
    return _pool("max pooling", x, shape, kernel, stride, padding, dilation)


@WINDOWS.of("avg_pool2d", "avg_pool1d")
def _avg_pool(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x, kernel = args[0], pair(args[1])
    stride = pair(default(args, 2, None) or kernel, len(kernel))
    padding = pair(default(args, 3, 0), len(kernel))
    return _pool("average pooling", x, shape, kernel, stride, padding, (1,) * len(kernel))


def _adaptive_as(kind: str) -> Handler:
    def handler(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
        x: Traced = args[0]
        count = len(args[1]) if isinstance(args[1], Sequence) else 1
        first = len(shape) - count
        if all(size == 1 for size in shape[first:]):
            return _pooled_away(kind, x, count)
        after = along_each(x, shape, count, lambda fields, size, _: fields.pooled_to(size))
        kernel = tuple(-(-x.shape[i] // shape[i]) for i in range(first, len(shape)))
        return Step(kind, after, kernel=kernel, stride=kernel)

    return handler


for _name in ("_adaptive_avg_pool2d", "adaptive_avg_pool2d", "adaptive_avg_pool1d"):
    WINDOWS[_name] = _adaptive_as("average pooling")
WINDOWS["adaptive_max_pool2d"] = _adaptive_as("max pooling")


@WINDOWS.of("constant_pad_nd", "reflection_pad2d", "replication_pad2d", "reflection_pad1d")
def _pad(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
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


def _interpolation(taps: int, *, antialias: bool = False) -> Handler:
    """Upsampling or downsampling by 1 (nearest), 2 (linear) or 4 (cubic) taps a direction."""

    def handler(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
        align = taps > 1 and bool(default(args, 2, False))
        factors = args[2 if taps == 1 else 3 :]  # output size over input size, where it was given

        def resized(fields: AxisFields, size: int, place: int) -> AxisFields:
            given = default(factors, place, None)
            scale = Fraction(fields.size, size)
            if align:
                scale = Fraction(fields.size - 1, max(size - 1, 1))
            elif given:
                scale = 1 / Fraction(given).limit_denominator(1000)
            read = resizing_taps(taps, scale, align_corners=align, antialias=antialias)
            return fields.resampled(size, scale, read)

        return Step("upsampling", along_each(args[0], shape, len(shape) - 2, resized))

    return handler


def resizing_taps(
    taps: int, scale: Fraction, *, align_corners: bool, antialias: bool
) -> Callable[[int], Iterable[int]]:
    """Which input positions output i reads, as torch's kernels for resizing do."""
    half = Fraction(1, 2)

    def read(i: int) -> Iterable[int]:
        if taps == 1:
            return [floor(i * scale)]
        if antialias and scale > 1:  # the filter is as wide as the outputs are apart
            center, support = (i + half) * scale, scale * taps / 2
            return range(floor(center - support + half), floor(center + support + half))
        middle = i * scale if align_corners else (i + half) * scale - half
        if middle.denominator == 1:
            return [int(middle)]
        first = floor(middle) - (taps // 2 - 1)
        return range(first, first + taps)

    return read


WINDOWS["upsample_nearest2d"] = _interpolation(1)
WINDOWS["upsample_bilinear2d"] = _interpolation(2)
WINDOWS["upsample_bicubic2d"] = _interpolation(4)
WINDOWS["_upsample_bilinear2d_aa"] = _interpolation(2, antialias=True)
WINDOWS["_upsample_bicubic2d_aa"] = _interpolation(4, antialias=True)


@WINDOWS.of("pixel_shuffle", "pixel_unshuffle")
def _pixel_shuffle(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x, factor = args[0], args[1]

    def rearranged(fields: AxisFields, size: int, _: int) -> AxisFields:
        return (
            fields.repeated(factor) if size > fields.size else fields.window(size, factor, factor)
        )

    after = along_each(x, shape, 2, rearranged)
    return Step("rearranging", g.resized(after, len(shape) - 3, shape[-3]))
