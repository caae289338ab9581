"""Small images in the first epochs: a quarter of the pixels is a quarter of the work."""

from torch import Tensor
from torch.nn import functional

FULL_FROM = 0.75  # share of the epochs after which images have their full size


def side(first: int, full: int, epoch: int, epochs: int) -> int:
    """Pixels a side in `epoch` (from 1): from `first` to `full` in steps of 4; 0 is always full."""
    if not first:
        return full
    done = (epoch - 1) / max(1, epochs - 1)
    return round((first + (full - first) * min(1, done / FULL_FROM)) / 4) * 4


def resized(images: Tensor, side: int) -> Tensor:
    """(N, 3, H, W) as (N, 3, side, side), smoothed before it is thinned out."""
    if images.shape[-2:] == (side, side):
        return images
    return functional.interpolate(
        images, size=(side, side), mode="bilinear", antialias=True, align_corners=False
    )
