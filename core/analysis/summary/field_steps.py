"""How the receptive field grows on the way to the pooling: layer by layer, and where it lies."""

from dataclasses import dataclass

from core.analysis.summary.explanations import field_equation
from core.analysis.summary.inspection import Inspection, Layer, Pair

Box = tuple[float, float, float, float]  # top, bottom, left, right


@dataclass(frozen=True)
class FieldStep:
    """A layer with a window, or a join. `box` is the field of a position near the image's middle.

    It is the position nearest to the middle of what the last layer's middle sees: squares nest.

    Edges of `box` are in pixels of the image, whose pixel n covers n − 0.5 to n + 0.5.
    """

    layer: Layer
    field: Pair  # pixels, height and width
    equation: str  # `9 = 5 + (3−1) × 1 × 2`
    box: Box

    def inside(self, image_size: tuple[int, int]) -> float:
        """The share of the box that lies on the image, 0 to 1; the rest is padding."""
        top, bottom, left, right = self.box
        high = min(bottom, image_size[0] - 0.5) - max(top, -0.5)
        wide = min(right, image_size[1] - 0.5) - max(left, -0.5)
        return max(high, 0.0) * max(wide, 0.0) / ((bottom - top) * (right - left))


def field_layers(inspection: Inspection) -> list[Layer]:
    """The layers with a window and the joins up to the pooling, in the order of the pass."""
    ends = [end.operation for end in inspection.collapses if end.operation >= 0]
    last = min(ends) if ends else len(inspection.operations)
    convolved = any(end.kind == "convolution" for end in inspection.collapses)
    return [
        row
        for row in inspection.rows
        if row.operation >= 0
        and not row.again
        and row.jump
        and row.receptive_field
        and (row.kernel or not row.module)
        and (row.operation < last or (convolved and row.operation == last))
    ]


def field_steps(inspection: Inspection) -> tuple[FieldStep, ...]:
    """The same layers with their arithmetic and their place on the image."""
    rows = field_layers(inspection)
    if not rows:
        return ()
    middle = [(size - 1) / 2 for size in inspection.image_size]
    high, wide = (_nearest(rows[-1], side, middle[side]) for side in (0, 1))
    return tuple(
        FieldStep(
            row,
            row.receptive_field or (1.0, 1.0),
            field_equation(inspection, row),
            (*_span(row, 0, high), *_span(row, 1, wide)),
        )
        for row in rows
    )


def _span(row: Layer, side: int, pixel: float) -> tuple[float, float]:
    """First and last edge, along one side, of what the position nearest to `pixel` sees."""
    field = row.receptive_field[side] if row.receptive_field else 1.0
    middle = _nearest(row, side, pixel)
    return middle - field / 2, middle + field / 2


def _nearest(row: Layer, side: int, pixel: float) -> float:
    """Where the position nearest to `pixel` has its middle, along one side."""
    assert row.jump is not None
    start = row.start[side] if row.start else 0.0
    jump, positions = row.jump[side], row.out_shape[1 + side]
    nearest = round((pixel - start) / jump) if jump else 0
    return start + jump * min(max(nearest, 0), positions - 1)
