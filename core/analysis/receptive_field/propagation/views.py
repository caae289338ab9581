"""Operations that only move elements about: views, slices, flips."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.analysis.receptive_field.propagation import joins
from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.axis_fields import listed
from core.analysis.receptive_field.propagation.layout import Factor, Geometry
from core.analysis.receptive_field.propagation.operations import (
    Handlers,
    Shape,
    Step,
    Traced,
    default,
)

VIEWS = Handlers()


@VIEWS.of("view", "_unsafe_view", "reshape", "_reshape_alias", "view_copy", "flatten")
def _view(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    return Step("reshaping", g.reshaped(args[0].geometry, shape))


@VIEWS.of("clone", "alias", "detach", "_to_copy", "contiguous", "lift_fresh", "dropout")
def _same(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    return Step("copy", args[0].geometry)


@VIEWS.of(
    "native_batch_norm",
    "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training",
    "cudnn_batch_norm",
    "native_group_norm",
    "native_layer_norm",
    "_fused_rms_norm",
    "native_dropout",
    "bernoulli",
)
def _normalized(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    # Statistics over the map are not counted as seeing, as is usual; normalizing keeps the field.
    return Step("normalization", args[0].geometry)


@VIEWS.of("t", "transpose")
def _transposed(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    order = list(range(len(shape)))
    first, second = (args[1], args[2]) if len(args) > 2 else (0, len(shape) - 1)
    order[first], order[second] = order[second], order[first]
    return Step("reshaping", g.permuted(args[0].geometry, order))


@VIEWS.of("permute")
def _permuted(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    return Step("reshaping", g.permuted(args[0].geometry, args[1]))


@VIEWS.of("unsqueeze")
def _unsqueezed(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    layout = list(args[0].geometry.layout)
    layout.insert(args[1] % len(shape), ())
    return Step("reshaping", replace(args[0].geometry, layout=tuple(layout)))


@VIEWS.of("squeeze")
def _squeezed(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x: Traced = args[0]
    dims = default(args, 1, None)
    chosen = range(len(x.shape)) if dims is None else [dims] if isinstance(dims, int) else dims
    gone = {d % len(x.shape) for d in chosen if x.shape[d] == 1}
    layout = tuple(entry for i, entry in enumerate(x.geometry.layout) if i not in gone)
    return Step("reshaping", replace(x.geometry, layout=layout))


@VIEWS.of("expand")
def _expanded(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    return Step("reshaping", joins.joined([args[0].geometry], shape))


@VIEWS.of("slice")
def _sliced(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x: Traced = args[0]
    dim = default(args, 1, 0) % len(shape)
    start = default(args, 2, None) or 0
    step = default(args, 4, 1)
    count = x.shape[dim]
    start = max(0, start + count if start < 0 else start)
    return Step("slicing", _part(x.geometry, dim, shape[dim], start, step), stride=(step,))


def _part(geometry: Geometry, dim: int, size: int, start: int, step: int = 1) -> Geometry:
    if geometry.shape[dim] == size and step == 1:
        return geometry
    geometry, axis = g.along(geometry, dim)
    if not axis:
        return g.resized(geometry, dim, size)
    fields = geometry.fields(axis).window(size, stride=step, padding=-start)
    return g.with_axis(geometry, dim, axis, fields)


@VIEWS.of("select")
def _selected(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x: Traced = args[0]
    dim = args[1] % len(x.shape)
    return Step("slicing", _picked(x.geometry, dim, args[2] % x.shape[dim]))


def _picked(geometry: Geometry, dim: int, place: int) -> Geometry:
    geometry, axis = g.along(geometry, dim)
    if axis:
        geometry = geometry.with_fields(axis, listed([geometry.fields(axis).at(place)]))
    layout = tuple(entry for index, entry in enumerate(geometry.layout) if index != dim)
    return replace(geometry, layout=layout)


@VIEWS.of("unbind")
def _unbound(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x: Traced = args[0]
    dim = default(args, 1, 0) % len(x.shape)
    return Step("slicing", [_picked(x.geometry, dim, i) for i in range(x.shape[dim])])


@VIEWS.of("split", "split_with_sizes", "chunk", "unsafe_split", "unsafe_chunk")
def _split(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x: Traced = args[0]
    dim = kwargs.get("dim", default(args, 2, 0)) % len(x.shape)
    total = x.shape[dim]
    sizes: Sequence[int] = (
        [min(args[1], total - first) for first in range(0, total, args[1])]
        if isinstance(args[1], int)
        else args[1]
    )
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    parts = [_part(x.geometry, dim, n, s) for n, s in zip(sizes, starts, strict=True)]
    return Step("slicing", parts)


@VIEWS.of("flip")
def _flipped(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    result: Geometry = args[0].geometry
    for dim in args[1]:
        index = dim % len(shape)
        result, axis = g.along(result, index)
        if axis:
            result = g.with_axis(result, index, axis, result.fields(axis).reversed())
    return Step("rearranging", result)


@VIEWS.of("roll")
def _rolled(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    shifts, dims = args[1], default(args, 2, [])
    shifts = [shifts] if isinstance(shifts, int) else shifts
    dims = [dims] if isinstance(dims, int) else dims
    if not dims:
        return None
    result: Geometry = args[0].geometry
    for shift, dim in zip(shifts, dims, strict=True):
        index = dim % len(shape)
        result, axis = g.along(result, index)
        if axis:
            result = g.with_axis(result, index, axis, result.fields(axis).shifted(shift))
    return Step("rearranging", result)


@VIEWS.of("unfold")
def _unfolded(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    """tensor.unfold: sliding windows along a dimension become a dimension of their own."""
    x: Traced = args[0]
    dim, kernel, stride = args[1] % len(x.shape), args[2], args[3]
    result, axis = g.along(x.geometry, dim)
    if axis:
        fields = result.fields(axis).window(shape[dim], kernel, stride)
        result = g.with_axis(result, dim, axis, fields)
    else:
        result = g.resized(result, dim, shape[dim])
    window = (Factor(kernel, "", bool(axis)),)
    return Step("slicing", replace(result, layout=(*result.layout, window)))


@VIEWS.of("im2col")
def _columns(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    """nn.Unfold: (N, C, H, W) to (N, C * kernel, positions)."""
    x, kernel, dilation, padding, stride = args[:5]
    result: Geometry = x.geometry
    positions: list[g.Factor] = []
    for place, index in enumerate((2, 3)):
        reached = dilation[place] * (kernel[place] - 1) + 1
        size = (x.shape[index] + 2 * padding[place] - reached) // stride[place] + 1
        result, axis = g.along(result, index)
        if axis:
            fields = result.fields(axis).window(
                size, kernel[place], stride[place], padding[place], dilation[place]
            )
            result = g.with_axis(result, index, axis, fields)
        positions.append(Factor(size, axis))
    layout = (result.layout[0], (Factor(shape[1], "", True),), tuple(positions))
    return Step("slicing", replace(result, layout=layout))
