"""What each torch operation does to a Geometry: one function a kind, found by its aten name.

An operation gets its arguments as torch passes them, with every tensor that descends from the image
replaced by a `Seen` (its geometry and shape) and every other tensor left alone, and returns a
`Step`. Operations that torch tags as pointwise need no function here. One that is not known is
taken to see everything (`lost`), and that is said on the page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from core.analysis import geometry as g
from core.analysis.geometry import Geometry
from core.analysis.reach import Reach, listed

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Seen:
    """A tensor that descends from the image."""

    geometry: Geometry
    shape: Shape


@dataclass
class Step:
    """What an operation was, for the table and the rules, and where the image is after it."""

    kind: str
    geometry: Geometry | Sequence[Geometry]
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    padding: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    groups: int | None = None
    channels: tuple[int, int] | None = None  # in and out
    macs: int = 0  # multiply-accumulates of the whole batch
    pooled: tuple[str, ...] = ()  # directions that were pooled from the whole map to one position
    note: str = ""
    lost: bool = field(default=False)


Handler = Callable[[tuple[Any, ...], dict[str, Any], Shape], Step]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    def add(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return add


def pointwise(kind: str, seen: Sequence[Seen], shape: Shape) -> Step:
    """Element by element, with broadcasting."""
    return Step(kind, g.joined([entry.geometry for entry in seen], shape))


def unknown(name: str, seen: Sequence[Seen], shape: Shape) -> Step:
    """An operation that nothing is known about: every output sees everything."""
    parts = [g.scattered(entry.geometry, ()) for entry in seen]
    together = g.joined(parts, ())
    layout = tuple((g.Atom(size),) for size in shape)
    note = f"{name} is not known here and is taken to see everything that its input sees"
    return Step(name, Geometry(layout, together.height, together.width), note=note, lost=True)


def pair(value: Any, count: int = 2) -> tuple[int, ...]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * count if len(values) == 1 else values


def _windows(
    seen: Seen,
    shape: Shape,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Geometry:
    """After windows over the last len(kernel) dimensions."""
    return _along_each(
        seen,
        shape,
        len(kernel),
        lambda reach, size, place: reach.window(
            size, kernel[place], stride[place], padding[place], dilation[place]
        ),
    )


def _along_each(
    seen: Seen, shape: Shape, count: int, change: Callable[[Reach, int, int], Reach]
) -> Geometry:
    """After `change(reach, new size, place)` along each of the last `count` dimensions."""
    result = seen.geometry
    first = len(shape) - count
    for place in range(count):
        index = first + place
        result, axis = g.along(result, index)
        if not axis:
            result = g.resized(result, index, shape[index])
            continue
        result = g.with_axis(result, index, axis, change(result.reach(axis), shape[index], place))
    return result


def _pooled(seen: Seen, shape: Shape, count: int = 2) -> tuple[str, ...]:
    """The directions of which a pooling left one position."""
    axes: list[str] = []
    for back in range(1, count + 1):
        if shape[-back] == 1:
            axes += seen.geometry.axes_of(len(seen.shape) - back)
    return tuple(axes)


def default(args: tuple[Any, ...], index: int, fallback: Any) -> Any:
    return args[index] if len(args) > index else fallback


@handles("convolution")
def _convolution(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x, weight, _, stride, padding, dilation, transposed, _, groups = args[:9]
    if not isinstance(x, Seen) or isinstance(weight, Seen):
        both = [entry for entry in (x, weight) if isinstance(entry, Seen)]
        return unknown("a convolution with weights made from the image", both, shape)
    count = len(shape) - 2
    stride, padding, dilation = (pair(value, count) for value in (stride, padding, dilation))
    kernel = tuple(weight.shape[2:])
    geometry = x.geometry
    if geometry.axes_of(1):
        geometry = g.mixed(geometry, [1])
    geometry = g.resized(geometry, 1, shape[1])
    now = Seen(geometry, x.shape)
    if transposed:
        channels = (int(weight.shape[0]), int(weight.shape[1]) * groups)
        macs = prod(x.shape) * int(weight.shape[1]) * prod(kernel)
        after = _spread(now, shape, kernel, stride, padding, dilation)
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


def _spread(
    seen: Seen,
    shape: Shape,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Geometry:
    return _along_each(
        seen,
        shape,
        len(kernel),
        lambda reach, size, place: reach.spread(
            size, stride[place], kernel[place], padding[place], dilation[place]
        ),
    )


@handles("max_pool2d_with_indices", "max_pool2d", "max_pool1d", "max_pool3d_with_indices")
def _max_pool(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x, kernel = args[0], pair(args[1])
    stride = pair(default(args, 2, None) or kernel, len(kernel))
    padding = pair(default(args, 3, 0), len(kernel))
    dilation = pair(default(args, 4, 1), len(kernel))
    after = _windows(x, shape, kernel, stride, padding, dilation)
    pooled = _pooled(x, shape, len(kernel))
    return Step("max pooling", after, kernel, stride, padding, dilation, pooled=pooled)


@handles("fractional_max_pool2d")
def _random_max_pool(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    """Its windows are drawn at random, so no window is known."""
    step = unknown("pooling over random windows", [args[0]], shape)
    step.kind = "max pooling"
    return step


@handles("avg_pool2d", "avg_pool1d")
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
        x: Seen = args[0]
        result = x.geometry
        sizes = args[1] if isinstance(args[1], Sequence) else (args[1],)
        first = len(shape) - len(sizes)
        for index in range(first, len(shape)):
            result, axis = g.along(result, index)
            if axis:
                reach = result.reach(axis).pooled_to(shape[index])
                result = g.with_axis(result, index, axis, reach)
            else:
                result = g.resized(result, index, shape[index])
        kernel = tuple(-(-x.shape[i] // shape[i]) for i in range(first, len(shape)))
        pooled = _pooled(x, shape, len(sizes))
        return Step(kind, result, kernel=kernel, stride=kernel, pooled=pooled)

    return handler


for _name in ("_adaptive_avg_pool2d", "adaptive_avg_pool2d", "adaptive_avg_pool1d"):
    HANDLERS[_name] = _adaptive_as("average pooling")
HANDLERS["adaptive_max_pool2d"] = _adaptive_as("max pooling")


def _reduction(kind: str) -> Handler:
    def handler(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
        x: Seen = args[0]
        dims = default(args, 1, None)
        if dims is None or isinstance(dims, bool) or dims == []:
            dims = range(len(x.shape))
        dims = [dims] if isinstance(dims, int) else list(dims)
        dims = [index % len(x.shape) for index in dims]
        keep = len(shape) == len(x.shape)
        axes = [axis for index in dims for axis in x.geometry.axes_of(index)]
        windows = any(atom.window for index in dims for atom in x.geometry.layout[index])
        after = g.reduced(x.geometry, dims, keep=keep)
        named = kind
        if kind in ("mean", "sum", "maximum", "minimum") and (axes or windows):
            named = {"mean": "average pooling", "sum": "sum pooling"}.get(kind, "max pooling")
        kernel = tuple(x.shape[index] for index in dims if x.geometry.axes_of(index))
        return Step(named, after, kernel=kernel, stride=kernel, pooled=tuple(axes))

    return handler


for _name, _kind in {
    "mean": "mean",
    "sum": "sum",
    "amax": "maximum",
    "max": "maximum",
    "amin": "minimum",
    "min": "minimum",
    "argmax": "maximum",
    "var": "statistic",
    "std": "statistic",
    "var_mean": "statistic",
    "std_mean": "statistic",
    "linalg_vector_norm": "statistic",
    "norm": "statistic",
    "logsumexp": "statistic",
    "prod": "statistic",
    "median": "statistic",
    "any": "statistic",
    "all": "statistic",
}.items():
    HANDLERS[_name] = _reduction(_kind)


def _mixing(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x: Seen = args[0]
    return Step("softmax", g.mixed(x.geometry, [args[1] % len(shape)]))


for _name in ("_softmax", "_log_softmax", "cumsum", "cumprod", "sort", "logcumsumexp"):
    HANDLERS[_name] = _mixing


def _contraction(
    left: Any, right: Any, shape: Shape, *, batch: int, extra: Any = None, kind: str = "linear"
) -> Step:
    """A product of matrices (..., i, k) and (..., k, j), with `batch` leading dimensions."""
    parts: list[Geometry] = []
    inner = 0
    for operand, contracted, left_side in ((left, -1, True), (right, -2, False)):
        inner = int(operand.shape[contracted]) if left_side else inner
        if not isinstance(operand, Seen):
            continue
        index = len(operand.shape) + contracted
        single = g.reduced(operand.geometry, [index], keep=False).layout
        reduced = g.reduced(operand.geometry, [index], keep=False)
        blank: g.Dimension = ()
        layout = (*single, blank) if left_side else (*single[:-1], blank, single[-1])
        parts.append(Geometry(layout, reduced.height, reduced.width))
    if isinstance(extra, Seen):
        parts.append(extra.geometry)
    macs = prod(shape) * inner
    return Step(kind, g.joined(parts, shape), macs=macs)


@handles("mm", "bmm")
def _product(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    return _contraction(args[0], args[1], shape, batch=len(shape) - 2)


@handles("addmm", "baddbmm")
def _added_product(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    return _contraction(args[1], args[2], shape, batch=len(shape) - 2, extra=args[0])


@handles("linear")
def _linear(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x: Seen = args[0]
    after = g.reduced(x.geometry, [len(x.shape) - 1], keep=False)
    layout = (*after.layout, (g.Atom(shape[-1]),))
    macs = prod(shape) * x.shape[-1]
    return Step("linear", Geometry(layout, after.height, after.width), macs=macs)


@handles("cat", "concat")
def _cat(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    dim = kwargs.get("dim", default(args, 1, 0))
    parts = [entry for entry in args[0] if isinstance(entry, Seen)]
    if len(parts) < len(args[0]) and any(part.geometry.axes_of(dim) for part in parts):
        return unknown("a concatenation with constants in space", parts, shape)
    return Step("concatenation", g.concatenated([p.geometry for p in parts], dim, shape))


@handles("stack")
def _stack(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    dim = kwargs.get("dim", default(args, 1, 0)) % len(shape)
    parts = []
    for entry in args[0]:
        if isinstance(entry, Seen):
            layout = list(entry.geometry.layout)
            layout.insert(dim, ())
            parts.append(Geometry(tuple(layout), entry.geometry.height, entry.geometry.width))
    flat = g.joined(parts, [1 if i == dim else size for i, size in enumerate(shape)])
    return Step("concatenation", g.resized(flat, dim, shape[dim]))


@handles("constant_pad_nd", "reflection_pad2d", "replication_pad2d", "reflection_pad1d")
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
            reach = result.reach(axis).window(shape[index], padding=before)
            result = g.with_axis(result, index, axis, reach)
        else:
            result = g.resized(result, index, shape[index])
    return Step("padding", result, padding=tuple(sides))


def _interpolation(taps: int) -> Handler:
    def handler(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
        x: Seen = args[0]
        align = taps > 1 and bool(default(args, 2, False))
        result = x.geometry
        for index in range(2, len(shape)):
            result, axis = g.along(result, index)
            if not axis:
                result = g.resized(result, index, shape[index])
                continue
            reach = result.reach(axis)
            size, factor = shape[index], shape[index] // reach.size
            if taps > 1:
                reach = reach.interpolated(size, taps, align_corners=align)
            elif factor * reach.size == size:
                reach = reach.repeated(factor)
            else:
                reach = listed(reach.at(i * reach.size // size) for i in range(size))
            result = g.with_axis(result, index, axis, reach)
        return Step("upsampling", result)

    return handler


HANDLERS["upsample_nearest2d"] = _interpolation(1)
HANDLERS["upsample_bilinear2d"] = _interpolation(2)
HANDLERS["upsample_bicubic2d"] = _interpolation(4)


@handles("pixel_shuffle", "pixel_unshuffle")
def _pixel_shuffle(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step:
    x, factor = args[0], args[1]
    result: Geometry = x.geometry
    for index in (len(shape) - 2, len(shape) - 1):
        result, axis = g.along(result, index)
        if not axis:
            result = g.resized(result, index, shape[index])
            continue
        reach: Reach = result.reach(axis)
        grows = shape[index] > x.shape[index]
        reach = reach.repeated(factor) if grows else reach.window(shape[index], factor, factor)
        result = g.with_axis(result, index, axis, reach)
    return Step("rearranging", g.resized(result, len(shape) - 3, shape[-3]))
