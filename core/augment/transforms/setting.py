"""What the operations of the batched engine share."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from core.augment.transforms.draws import Values

Mean = tuple[float, float, float]

# torch starts its threads for an operation on so many elements. A batch takes some hundred short
# operations, and each time threads are woken costs more than they bring: on a machine with other
# work to do, twenty times more. So on a CPU no operation is that large; small ones also stay in the
# cache and take little memory.
_PARALLEL_FROM = 32_768


@dataclass(frozen=True)
class Setting:
    """What an operation may need besides the draw.

    `mean`, `std`: of the data set, per channel, from 0 to 1. `normalized`: whether the images have
    been through Normalize.
    """

    mean: Mean
    std: Mean
    normalized: bool = False


Given = Mapping[str, Any]
Operation = Callable[[Tensor, Values, Given, Setting], Tensor]


def parts(images: Tensor, elements: int) -> Iterator[slice]:
    """Slices of a batch to be worked on one after another; `elements` an image are touched."""
    size = (_PARALLEL_FROM - 1) // elements if images.device.type == "cpu" else len(images)
    size = max(size, 1)
    return (slice(start, start + size) for start in range(0, len(images), size))
