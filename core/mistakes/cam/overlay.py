"""Class-activation maps as colors: over the picture, and as the grid that the network had."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Its lightness grows evenly, so it reads the same for the color-blind and in gray.
COLORMAP = "inferno"


def colors(heat: Floats) -> Pixels:
    """Values in [0, 1] of any shape as RGB of matplotlib's COLORMAP, uint8 (..., 3)."""
    from matplotlib import colormaps

    return (colormaps[COLORMAP](heat)[..., :3] * 255).round().astype(np.uint8)


def gray(images: Pixels) -> Pixels:
    """Images (..., 3) in gray (ITU-R BT.601), so that the heat's are the only colors."""
    light = images @ np.array([0.299, 0.587, 0.114])
    return np.repeat(light.round().astype(np.uint8)[..., None], 3, axis=-1)


def overlay(images: Pixels, heat: Floats, opacity: float) -> Pixels:
    """The heat (N, H, W) in [0, 1] over uint8 images (N, H, W, 3) in gray, `opacity` 0 to 1."""
    mixed = gray(images) * (1 - opacity) + colors(heat).astype(np.float64) * opacity
    return np.clip(mixed.round(), 0, 255).astype(np.uint8)


def blocks(grid: Floats, size: int) -> Floats:
    """One map (h, w) at `size` x `size` without smoothing: every cell a rectangle of one value."""
    rows = np.arange(size) * grid.shape[0] // size
    columns = np.arange(size) * grid.shape[1] // size
    large: Floats = grid[rows][:, columns]
    return large


def smooth(heat: Floats, size: int) -> Floats:
    """One map (H, W) at `size` x `size`, interpolated linearly."""
    stretched = Image.fromarray(heat.astype(np.float32)).resize(
        (size, size), Image.Resampling.BILINEAR
    )
    large: Floats = np.asarray(stretched, dtype=np.float32)
    return large
