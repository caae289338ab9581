"""`Pooling`: neighboring positions put together without learned weights. No torch."""

from dataclasses import dataclass
from enum import StrEnum


class PoolingKind(StrEnum):
    """What is computed of the neighbors."""

    LARGEST = "max pooling"  # one (or few) of them, chosen by value: the largest or the smallest
    AVERAGE = "average pooling"
    OTHER = "pooling"
    UNKNOWN = "not determined"  # numbers cannot tell


@dataclass(frozen=True)
class Pooling:
    """An operation, or the last of several, and what they compute together.

    `whole` is whether all of the map is put together, and nothing of it stays a map. `gate` is
    whether the result only weighs a map (squeeze-and-excite). `downsamples` is whether a map of
    fewer positions comes out, further apart in the image.
    """

    operation: int
    kind: PoolingKind
    whole: bool
    gate: bool = False
    downsamples: bool = False
