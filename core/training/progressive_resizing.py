"""Progressive resizing: small images in the first epochs, a quarter of the pixels for a quarter of
the work."""

from torch import Tensor
from torch.nn import functional

FULL_FROM = 0.75  # fraction of the epochs after which images have their full size


def image_size(initial: int, full: int, epoch: int, epochs: int) -> int:
    """Pixels a side in `epoch` (from 1): `initial` to `full` in steps of 4; 0 is always full."""
    if not initial:
        return full
    done = (epoch - 1) / max(1, epochs - 1)
    return round((initial + (full - initial) * min(1, done / FULL_FROM)) / 4) * 4


def resized(images: Tensor, size: int) -> Tensor:
    """(N, 3, H, W) as (N, 3, size, size), smoothed before it is thinned out."""
    if images.shape[-2:] == (size, size):
        return images
    return functional.interpolate(
        images, size=(size, size), mode="bilinear", antialias=True, align_corners=False
    )
