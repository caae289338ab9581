"""Changes of modules that more than one rule proposes: poolings taken out, classifiers averaged."""

import math
from collections.abc import Iterable, Iterator

from torch import nn

from core.analysis.rules.record import Change, Editable
from core.analysis.rules.smallest_change.replacements import (
    averaged_linear,
    count,
    pooled_by_average,
    strided_conv,
)
from core.analysis.summary.inspection import Operation


def without_pooling(network: Editable, poolings: Iterable[Operation]) -> Iterator[Change]:
    """Stride in the convolution before takes a pooling's place."""
    together: Change | None = None
    for op in poolings:
        change = _unpooled(network, op)
        if change is None:
            return
        together = change if together is None else together.with_(change)
    if together is not None:
        yield together


def _unpooled(network: Editable, op: Operation) -> Change | None:
    if op.label != op.layer or not op.layer:
        return None
    averaged = pooled_by_average(network.model.get_submodule(op.layer))
    if op.pooled and averaged is not None:
        return Change(f"average in {op.layer} instead", {op.layer: averaged})
    operations = network.case.inspection.operations
    source = op.inputs[0]
    while source >= 0 and operations[source].kind != "convolution":
        source = operations[source].inputs[0]
    if source < 0 or op.stride is None:
        return None
    before = operations[source]
    conv = network.conv(before)
    if conv is None:
        return None
    new = strided_conv(conv, int(max(op.stride)))
    words = f"give {before.layer} stride {int(max(op.stride))} and take {op.layer} out"
    return Change(words, {before.layer: new, op.layer: nn.Identity()})


def averaged_classifiers(network: Editable) -> Iterator[tuple[int, Change]]:
    """For fully connected layers on a flattened map: average first; with the parameters saved."""
    inspection = network.case.inspection
    for end in {end.operation: end for end in inspection.collapses}.values():
        if end.kind != "linear" or end.operation < 0:
            continue
        op = inspection.operations[end.operation]
        linear = network.model.get_submodule(op.layer) if op.layer else None
        if not isinstance(linear, nn.Linear):
            continue
        source = op.inputs[0]
        while source >= 0 and len(inspection.operations[source].out_shape) != 3:
            source = inspection.operations[source].inputs[0]
        if source < 0:
            continue
        shape = inspection.operations[source].out_shape
        if math.prod(shape) == linear.in_features:
            new = averaged_linear(linear, shape)
            words = f"average over the map before {op.layer}"
            yield count(linear) - count(new), Change(words, {op.layer: new})
