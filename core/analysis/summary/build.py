"""From the trace of a forward pass to the layer table and the totals."""

from collections.abc import Callable

from torch import nn

from core.analysis.poolings.find import poolings
from core.analysis.receptive_field.collapse import FieldBeforePooling, before_pooling, collapse
from core.analysis.receptive_field.propagation.forward import BATCH, trace
from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH
from core.analysis.receptive_field.propagation.trace import Trace
from core.analysis.summary.inspection import Failure, Inspection, Layer, Operation, Pair, SummaryRow
from core.analysis.summary.rows import Rows, operation


def read(
    model: nn.Module,
    name: str,
    classes: int,
    size: tuple[int, int],
    explain: Callable[[BaseException], str] | None = None,
    rebuild: Callable[[], nn.Module] | None = None,
) -> Inspection:
    """Everything about `model` that one forward pass shows.

    `explain` puts an exception of the network's into words, where torch's own do not suffice.
    `rebuild` makes a model on torch's meta device anew with numbers in it: see find.poolings.
    """
    found = trace(model, size)
    rows = Rows(model, found)
    layers, functions = rows.ordered()
    operations = tuple(operation(node, rows) for node in found.nodes)
    collapses = () if found.error else tuple(collapse(found, axis) for axis in (HEIGHT, WIDTH))
    failure = _failure(found, classes, explain)
    field = FieldBeforePooling(_widest(layers)) if found.error else before_pooling(found, collapses)
    notes = [*found.notes, *_fixed_weights(model, found, operations)]
    if field.size is None:
        from core.analysis.receptive_field.fallback import field_by_probe

        probed = field_by_probe(model, size)
        if probed is not None:
            notes.append(f"The receptive field is measured by gradient: {field.undetermined}")
            field = FieldBeforePooling((float(probed[0]), float(probed[1])))
    parameters = {id(p): p for p in model.parameters()}.values()
    return Inspection(
        name=name,
        classes=classes,
        image_size=size,
        layers=layers,
        functions=functions,
        unused=rows.unused(),
        operations=operations,
        collapses=collapses,
        poolings=() if found.error else poolings(model, found, collapses, size, rebuild),
        summary=_summary(found),
        parameters=sum(p.numel() for p in parameters),
        trainable=sum(p.numel() for p in parameters if p.requires_grad),
        macs=sum(node.step.macs for node in found.nodes) // BATCH,
        receptive_field=field.size,
        undetermined=field.undetermined,
        global_paths=tuple(operations[path].label for path in field.global_paths),
        out_shape=found.out_shape[1:],
        failure=failure,
        notes=tuple(notes),
        model=model,
    )


def _fixed_weights(model: nn.Module, found: Trace, operations: tuple[Operation, ...]) -> list[str]:
    """One note for every layer whose weights are a buffer: they are no parameters."""
    buffers = dict(model.named_buffers())
    notes = []
    for node, shown in zip(found.nodes, operations, strict=True):
        fixed = [name for name in node.parameters if name in buffers]
        if fixed and node.kind in ("convolution", "transposed convolution", "linear"):
            count = sum(buffers[name].numel() for name in fixed)
            notes.append(
                f"{shown.label} takes {count:,} fixed weights from {', '.join(fixed)}, which are "
                "no parameters and not counted"
            )
    return notes


def _widest(layers: tuple[Layer, ...]) -> Pair:
    fields = [layer.receptive_field for layer in layers if layer.receptive_field]
    return (max(f[0] for f in fields), max(f[1] for f in fields)) if fields else (1.0, 1.0)


def _summary(found: Trace) -> tuple[SummaryRow, ...]:
    """torchsummary hooks every module but Sequential, ModuleList and the network itself."""
    ended = sorted((call for call in found.calls if call.order >= 0), key=lambda c: c.order)
    rows = []
    for call in ended:
        module = call.module
        if not call.name or isinstance(module, nn.Sequential | nn.ModuleList):
            continue
        own = (getattr(module, "weight", None), getattr(module, "bias", None))
        count = sum(p.numel() for p in own if isinstance(p, nn.Parameter))
        rows.append(SummaryRow(type(module).__name__, call.out_shape[1:], count))
    return tuple(rows)


def _failure(
    found: Trace, classes: int, explain: Callable[[BaseException], str] | None
) -> Failure | None:
    if found.error is not None:
        call = found.failed_in
        message = " ".join(str(found.error).split()) or type(found.error).__name__
        message = explain(found.error) if explain else message
        name = call.name if call and call.name else "forward"
        return Failure(name, type(call.module).__name__ if call else "", message[:500])
    shape = found.out_shape[1:]
    if shape != (classes,):
        written = " x ".join(str(size) for size in shape) or "nothing"
        return Failure(
            "output",
            "",
            f"the output of one image is {written}; it must be {classes} numbers, one a class",
        )
    return None
