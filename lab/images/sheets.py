"""Images as one encoded picture: a sheet of tiles, a large view, a captioned page to keep.

Bytes, not PIL images or arrays, go to the browser: a shared server keeps what it is handed
(streamlit #9278), so it is handed little. No Streamlit in here.
"""

import base64
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]


def png(pixels: Pixels) -> bytes:
    """One picture, uint8 (H, W, 3), as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def data_url(file: bytes) -> str:
    """A PNG file as an address that a page can draw from."""
    return "data:image/png;base64," + base64.b64encode(file).decode()


def sheet(images: Pixels, columns: int) -> Pixels:
    """Images (N, H, W, 3) side by side, `columns` in a row, without gaps; the rest is black."""
    count, height, width, _ = images.shape
    rows = max(-(-count // columns), 1)
    tiles = np.zeros((rows * columns, height, width, 3), dtype=np.uint8)
    tiles[:count] = images
    ordered = tiles.reshape(rows, columns, height, width, 3).swapaxes(1, 2)
    return ordered.reshape(rows * height, columns * width, 3)


def enlarged(image: Pixels, size: int, grid: tuple[int, int] | None = None) -> Pixels:
    """An image (H, W, 3) at `size` x `size`, its pixels square; with the lines of a `grid`."""
    large = np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.NEAREST)).copy()
    if grid is not None:
        for cells, draw in ((grid[0], large), (grid[1], large.swapaxes(0, 1))):
            for line in range(1, cells):
                at = line * size // cells
                draw[at - 1 : at + 1] = 255
    return large


def captioned(
    images: Pixels, captions: Sequence[tuple[str, str]], title: str, columns: int = 5
) -> bytes:
    """A page to keep or to hand in: images with two lines below each, dark on white, as PNG.

    The layout of the assignment's "ten misclassified images": five in a row by default.
    """
    size, gap, line = 160, 16, 22
    cell = (size + gap, size + 2 * line + gap)
    rows = max(-(-len(images) // columns), 1)
    page = Image.new("RGB", (columns * cell[0] + gap, rows * cell[1] + 3 * gap + line), "white")
    pen = ImageDraw.Draw(page)
    pen.text((gap, gap), title, "#17212e", _font(20))
    for number, (image, (first, second)) in enumerate(zip(images, captions, strict=True)):
        left = gap + number % columns * cell[0]
        top = 2 * gap + line + number // columns * cell[1]
        large = Image.fromarray(image).resize((size, size), Image.Resampling.NEAREST)
        page.paste(large, (left, top))
        pen.text((left, top + size + 2), _fitted(first, size), "#17212e", _font(16))
        pen.text((left, top + size + 2 + line), _fitted(second, size), "#a03000", _font(16))
    return png(np.asarray(page))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _fitted(words: str, width: int) -> str:
    """`words`, cut with an ellipsis if they are wider than `width` pixels."""
    font = _font(16)
    if font.getlength(words) <= width:
        return words
    while words and font.getlength(words + "…") > width:
        words = words[:-1]
    return words + "…"
