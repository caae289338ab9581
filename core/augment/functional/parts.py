"""A batch in parts that torch works on without its threads."""

from collections.abc import Iterator

from torch import Tensor

# torch starts its threads for an operation on so many elements. A batch takes some hundred short
# operations, and each time threads are woken costs more than they bring: on a machine with other
# work to do, twenty times more. So on a CPU no operation is that large; small ones also stay in the
# cache and take little memory.
_PARALLEL_FROM = 32_768


def parts(images: Tensor, elements: int) -> Iterator[slice]:
    """Slices of a batch to be worked on one after another; `elements` an image are touched."""
    size = (_PARALLEL_FROM - 1) // elements if images.device.type == "cpu" else len(images)
    size = max(size, 1)
    return (slice(start, start + size) for start in range(0, len(images), size))
