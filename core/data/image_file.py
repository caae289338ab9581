"""One picture file to 32x32 RGB, the same way for a data set's images and a user's own."""

import os
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from core.data import plain_jpeg
from core.errors import LabError

SIZE = 32


def read(path: Path) -> tuple[NDArray[np.uint8], bool]:
    """The picture in `path` as uint8 (32, 32, 3), and whether it had to be resized.

    Raises:
        LabError: it is damaged, no picture at all, or larger than Pillow thinks safe.
    """
    try:
        with path.open("rb") as file:
            content = file.read(plain_jpeg.MAX_BYTES + 1)
        if len(content) <= plain_jpeg.MAX_BYTES:
            tile = plain_jpeg.decode(content, SIZE)
            if tile is not None:
                return tile, False
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                resized = picture.size != (SIZE, SIZE)
                return as_tile(picture), resized
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise LabError(f"{os.fspath(path)} has too many pixels to be opened safely.") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # what Pillow raises when damaged
        raise LabError(f"{os.fspath(path)} cannot be read as a picture.") from error


def as_tile(picture: Image.Image) -> NDArray[np.uint8]:
    """A picture of any size and mode as uint8 (32, 32, 3).

    Turned as its EXIF entry says, laid on white where it is transparent, stretched to a square
    with an antialiasing filter where it has another size; of an animation, the first frame.
    """
    if picture.mode == "RGB" and picture.size == (SIZE, SIZE) and not picture.getexif():
        return np.asarray(picture)
    if picture.size[0] > 8 * SIZE and picture.size[1] > 8 * SIZE:
        picture.draft("RGB", (4 * SIZE, 4 * SIZE))  # a large JPEG decodes faster at an eighth
    return resized(upright_rgb(picture))


def resized(color: Image.Image) -> NDArray[np.uint8]:
    """An RGB picture as uint8 (32, 32, 3), stretched to a square if it is none."""
    if color.size != (SIZE, SIZE):
        color = color.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    return np.asarray(color)


def upright_rgb(picture: Image.Image) -> Image.Image:
    """In RGB, turned as its EXIF entry says, laid on white where it is transparent."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):  # 16 bits a pixel, which convert() would cut off at 255
        deep = np.asarray(upright, dtype=np.float64)
        upright = Image.fromarray(np.clip(deep / 257, 0, 255).round().astype(np.uint8))
    if upright.has_transparency_data:
        layered = upright.convert("RGBA")
        ground = Image.new("RGBA", layered.size, "white")
        upright = Image.alpha_composite(ground, layered)
    return upright.convert("RGB")
