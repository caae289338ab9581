"""How a layer's receptive field and parameters come about, spelled out for the blackboard."""

from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection, Layer, Operation


def field_in_words(inspection: Inspection, row: Layer) -> str:
    """The receptive field after a row, from the one before it; height first where they differ."""
    operation = inspection.operations[row.operation]
    before = [_field(inspection, source) for source in _inputs(inspection, row, operation)]
    after = row.receptive_field or (1.0, 1.0)
    if len(before) > 1:
        parts = ", ".join(pair_text(field) for field in before)
        return f"the largest of the branches that meet: max({parts}) = {pair_text(after)}"
    if not before or row.kernel is None:
        return f"it looks at single positions, so the field stays {pair_text(after)}"
    jump = _jump(inspection, row, operation)
    dilation = row.dilation or (1.0, 1.0)
    sides = []
    for side in (0, 1):
        grown = before[0][side] + (row.kernel[side] - 1) * dilation[side] * jump[side]
        if grown != after[side]:
            return f"followed position by position, it is {pair_text(after)}"
        sides.append(
            f"{before[0][side]:g} + ({row.kernel[side]:g} − 1) × {dilation[side]:g} × "
            f"{jump[side]:g} = {after[side]:g}"
        )
    words = sides[0] if sides[0] == sides[1] else f"{sides[0]} high, {sides[1]} wide"
    return f"field before + (kernel − 1) × dilation × jump before = {words}"


def field_equation(inspection: Inspection, row: Layer) -> str:
    """The receptive field after a row in one line, such as `9 = 5 + (3−1) × 1 × 2`."""
    operation = inspection.operations[row.operation]
    before = [_field(inspection, source) for source in _inputs(inspection, row, operation)]
    after = row.receptive_field or (1.0, 1.0)
    if len(before) > 1:
        return f"{pair_text(after)} = max({', '.join(pair_text(field) for field in before)})"
    if not before or row.kernel is None:
        return f"{pair_text(after)} = {pair_text(before[0] if before else after)}"
    jump, dilation = _jump(inspection, row, operation), row.dilation or (1.0, 1.0)
    sides = []
    for side in (0, 1):
        if before[0][side] + (row.kernel[side] - 1) * dilation[side] * jump[side] != after[side]:
            return f"{pair_text(after)}, followed position by position"
        sides.append(
            f"{after[side]:g} = {before[0][side]:g} + ({row.kernel[side]:g}−1) × "
            f"{dilation[side]:g} × {jump[side]:g}"
        )
    return sides[0] if sides[0] == sides[1] else f"{sides[0]} high, {sides[1]} wide"


def parameters_in_words(row: Layer) -> str:
    """How many numbers a layer learns, and why."""
    if row.again:
        return "the same layer as before: its parameters are counted once"
    if row.kernel and row.groups and row.in_shape:
        inputs, outputs = row.in_shape[0], row.out_shape[0]
        kernel = f"{row.kernel[0]:g} × {row.kernel[1]:g}"
        weights = int(row.kernel[0] * row.kernel[1]) * outputs * inputs // row.groups
        channels = f"{inputs} in" if row.groups == 1 else f"{inputs} in / {row.groups} groups"
        words = f"kernel {kernel} × {channels} × {outputs} out"
        if row.parameters == weights + outputs:
            return f"{words} + {outputs} biases = {row.parameters:,}"
        if row.parameters == weights:
            return f"{words}, without bias = {row.parameters:,}"
    if "Linear" in row.type and row.in_shape and row.out_shape:
        inputs, outputs = row.in_shape[-1], row.out_shape[-1]
        if row.parameters == inputs * outputs + outputs:
            return f"{inputs} in × {outputs} out + {outputs} biases = {row.parameters:,}"
        if row.parameters == inputs * outputs:
            return f"{inputs} in × {outputs} out, without bias = {row.parameters:,}"
    if "Norm" in row.type and row.out_shape and row.parameters == 2 * row.out_shape[0]:
        return f"a scale and a shift for each of {row.out_shape[0]} channels = {row.parameters:,}"
    if row.parameters == 0:
        return "it learns nothing: 0"
    return f"{row.parameters:,}"


def _first(inspection: Inspection, row: Layer, operation: Operation) -> Operation:
    """The first operation within a module's row."""
    if not row.module:
        return operation
    return next((op for op in inspection.operations if op.layer == row.name), operation)


def _inputs(inspection: Inspection, row: Layer, operation: Operation) -> tuple[int, ...]:
    return _first(inspection, row, operation).inputs


def _field(inspection: Inspection, source: int) -> tuple[float, float]:
    return inspection.operations[source].receptive_field if source >= 0 else (1.0, 1.0)


def _jump(inspection: Inspection, row: Layer, operation: Operation) -> tuple[float, float]:
    source = _inputs(inspection, row, operation)[0]
    jump = inspection.operations[source].jump if source >= 0 else (1.0, 1.0)
    return jump or (1.0, 1.0)
