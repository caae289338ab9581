"""Two networks side by side: their layer tables aligned, as a text comparison aligns lines."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from core.analysis.summary.inspection import Inspection, Layer


@dataclass(frozen=True)
class Pairing:
    """A row of two networks side by side; None where one of them has no such layer."""

    left: Layer | None
    right: Layer | None
    differs: tuple[str, ...]  # names of the fields that differ


_COMPARED = (
    "type",
    "kernel",
    "stride",
    "padding",
    "dilation",
    "groups",
    "out_shape",
    "parameters",
    "receptive_field",
)


def side_by_side(left: Inspection, right: Inspection) -> tuple[Pairing, ...]:
    """The two layer tables aligned by type and shape, as a text comparison aligns lines."""
    rows = (left.rows, right.rows)
    keys = [[(row.type, row.kernel, row.groups == 1) for row in side] for side in rows]
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    result: list[Pairing] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        first, second = list(rows[0][a:b]), list(rows[1][c:d])
        if tag == "equal":
            result += [_paired(x, y) for x, y in zip(first, second, strict=True)]
            continue
        while first and second and first[0].type == second[0].type:
            result.append(_paired(first.pop(0), second.pop(0)))
        result += [Pairing(x, None, _COMPARED) for x in first]
        result += [Pairing(None, y, _COMPARED) for y in second]
    return tuple(result)


def _paired(left: Layer, right: Layer) -> Pairing:
    differs = tuple(name for name in _COMPARED if getattr(left, name) != getattr(right, name))
    return Pairing(left, right, differs)
