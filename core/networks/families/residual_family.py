"""Our own two: residual blocks of full convolutions where they pay, separable ones where not.

Four blocks, C1 at the image's size and each of the others at half the one before. Most of the work
is done in C2, at 16x16: a weight is used 256 times there, and the maps are small enough to stay in
a processor's cache. C3 has the dilated convolutions; C4, of 4x4 maps, is depthwise-separable.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.networks.record import NetworkRecord

if TYPE_CHECKING:
    from torch import nn


def _build(classes: int, channels: Sequence[int], repeats: Sequence[int]) -> "nn.Module":
    """`channels` and `repeats` (residuals after its first convolution) of C1, C2, C3 and C4.

    Takes (N, 3, H, W), gives (N, classes).
    """
    from torch import nn

    from core.networks.blocks import Residual, conv_block, separable_block

    c1, c2, c3, c4 = channels
    n1, n2, n3, n4 = repeats
    network = nn.Sequential()
    network.c1 = nn.Sequential(conv_block(3, c1), *(Residual.basic(c1) for _ in range(n1)))
    network.c2 = nn.Sequential(
        conv_block(c1, c2, stride=2), *(Residual.basic(c2) for _ in range(n2))
    )
    network.c3 = nn.Sequential(
        conv_block(c2, c3, stride=2), *(Residual.basic(c3, dilation=2) for _ in range(n3))
    )
    network.c4 = nn.Sequential(
        separable_block(c3, c4, stride=2), *(Residual(separable_block(c4, c4)) for _ in range(n4))
    )
    network.pool = nn.AdaptiveAvgPool2d(1)
    network.flatten = nn.Flatten()
    network.output = nn.Linear(c4, classes)
    return network


def build_sprint(classes: int) -> "nn.Module":
    """Few multiply-adds, and only one convolution at 32x32, where they wait for memory."""
    return _build(classes, channels=(24, 40, 64, 96), repeats=(0, 2, 1, 1))


def build_summit(classes: int) -> "nn.Module":
    """As many parameters as are allowed, in blocks that shrink a map as they widen it.

    Channels are multiples of 16: normalizing 32 of them takes less time than 24, and they are
    multiplied at a higher speed (benchmarks/layers.py).
    """
    return _build(classes, channels=(16, 32, 48, 64), repeats=(2, 4, 2, 1))


RECORDS = (
    NetworkRecord(
        name="sprint",
        label="Sprint, the lab's quickest",
        document="",
        source="",
        help="Made to reach 85% in few epochs on a processor: see the recipe of this name.",
        claims=None,
        build=build_sprint,
    ),
    NetworkRecord(
        name="summit",
        label="Summit, the lab's best",
        document="",
        source="",
        help="The most accurate here within the assignment's size: see the recipe of this name.",
        claims=None,
        build=build_summit,
    ),
)
