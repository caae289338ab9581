"""Operations that take a whole dimension together, or tensors: sums, products, concatenation."""

from math import prod
from typing import Any

from core.analysis.receptive_field.propagation import joins
from core.analysis.receptive_field.propagation import layout as g
from core.analysis.receptive_field.propagation.layout import Geometry
from core.analysis.receptive_field.propagation.operations import (
    Handler,
    Handlers,
    Shape,
    Step,
    Traced,
    default,
)

REDUCTIONS = Handlers()


def _reduction(kind: str, place: int = 1) -> Handler:
    """`place` is that of the dimensions among the arguments."""

    def handler(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
        x: Traced = args[0]
        dims = kwargs.get("dim", default(args, place, None))
        if dims is None or isinstance(dims, bool) or dims == []:
            dims = range(len(x.shape))
        dims = [dims] if isinstance(dims, int) else list(dims)
        dims = [index % len(x.shape) for index in dims]
        keep = len(shape) == len(x.shape)
        axes = [axis for index in dims for axis in x.geometry.axes_of(index)]
        windows = any(factor.window for index in dims for factor in x.geometry.layout[index])
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
    "logsumexp": "statistic",
    "prod": "statistic",
    "median": "statistic",
    "any": "statistic",
    "all": "statistic",
}.items():
    REDUCTIONS[_name] = _reduction(_kind)

for _name in ("linalg_vector_norm", "norm"):
    REDUCTIONS[_name] = _reduction("statistic", place=2)  # behind the order


def _mixing(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x: Traced = args[0]
    return Step("softmax", g.mixed(x.geometry, [args[1] % len(shape)]))


for _name in ("_softmax", "_log_softmax", "cumsum", "cumprod", "sort", "logcumsumexp"):
    REDUCTIONS[_name] = _mixing


def _contraction(left: Any, right: Any, shape: Shape, extra: Any = None) -> Step:
    """A product of matrices (..., i, k) and (..., k, j), to which `extra` is added."""
    parts: list[Geometry] = []
    inner = 0
    for operand, contracted, left_side in ((left, -1, True), (right, -2, False)):
        inner = int(operand.shape[contracted]) if left_side else inner
        if not isinstance(operand, Traced):
            continue
        index = len(operand.shape) + contracted
        reduced = g.reduced(operand.geometry, [index], keep=False)
        single = reduced.layout
        blank: g.Dimension = ()
        layout = (*single, blank) if left_side else (*single[:-1], blank, single[-1])
        parts.append(Geometry(layout, reduced.height, reduced.width))
    if isinstance(extra, Traced):
        parts.append(extra.geometry)
    macs = prod(shape) * inner
    return Step("linear", joins.joined(parts, shape), macs=macs)


@REDUCTIONS.of("mm", "bmm")
def _product(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    return _contraction(args[0], args[1], shape)


@REDUCTIONS.of("addmm", "baddbmm")
def _added_product(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    return _contraction(args[1], args[2], shape, extra=args[0])


@REDUCTIONS.of("linear")
def _linear(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    x: Traced = args[0]
    after = g.reduced(x.geometry, [len(x.shape) - 1], keep=False)
    layout = (*after.layout, (g.Factor(shape[-1]),))
    macs = prod(shape) * x.shape[-1]
    return Step("linear", Geometry(layout, after.height, after.width), macs=macs)


@REDUCTIONS.of("cat", "concat")
def _cat(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    dim = kwargs.get("dim", default(args, 1, 0))
    parts = [entry for entry in args[0] if isinstance(entry, Traced)]
    if len(parts) < len(args[0]) and any(part.geometry.axes_of(dim) for part in parts):
        return None  # constants in space
    return Step("concatenation", joins.concatenated([p.geometry for p in parts], dim, shape))


@REDUCTIONS.of("stack")
def _stack(args: tuple[Any, ...], kwargs: dict[str, Any], shape: Shape) -> Step | None:
    dim = kwargs.get("dim", default(args, 1, 0)) % len(shape)
    parts = []
    for entry in args[0]:
        if isinstance(entry, Traced):
            layout = list(entry.geometry.layout)
            layout.insert(dim, ())
            parts.append(Geometry(tuple(layout), entry.geometry.height, entry.geometry.width))
    flat = joins.joined(parts, [1 if i == dim else size for i, size in enumerate(shape)])
    return Step("concatenation", g.resized(flat, dim, shape[dim]))
