"""A picture that somebody sent: made into what a network sees, in memory, and then forgotten."""

import io
import logging
import threading
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from core.data.image_file import SIZE, as_tile, resized, upright_rgb
from core.errors import LabError

# No format whose reader starts other programs (EPS runs Ghostscript) or is hardly ever used.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
EXTENSIONS = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")
MAX_MEGABYTES = 20
MAX_PIXELS = 50_000_000
MAX_PREVIEW = 1024
_RESIZED = "The whole of it was"
_ON_ITS_SIDE = (5, 6, 7, 8)  # values of the EXIF entry that turn by a quarter
_EXIF_ORIENTATION = 0x0112
_one_at_a_time = threading.Lock()  # a large picture takes some 700 MB while it is unpacked
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Square:
    """A square of a picture: `size` of its shorter side, 0 to 1; `x` and `y` say where.

    0 is at the left or above, 1 at the right or below, 0.5 in the middle.
    """

    size: float = 1.0
    x: float = 0.5
    y: float = 0.5

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in pixels of a picture of this size; at least one pixel."""
        side = min(max(round(self.size * min(width, height)), 1), width, height)
        left, top = (
            round(min(max(place, 0.0), 1.0) * (whole - side))
            for place, whole in ((self.x, width), (self.y, height))
        )
        return left, top, left + side, top + side


@dataclass(frozen=True, eq=False)
class Upload:
    """`tile`: uint8 (32, 32, 3), RGB. `notes`: sentences on what was done to the picture.

    `preview`: uint8 (h, w, 3), the upright picture with at most MAX_PREVIEW pixels a side, for
    choosing a square of it; `width` and `height` are those that it was sent with, upright.
    """

    tile: NDArray[np.uint8]
    notes: tuple[str, ...]
    preview: NDArray[np.uint8]
    width: int
    height: int

    def cropped(self, square: Square) -> "Upload":
        """The same with a tile of this square alone, which is scaled and not stretched."""
        height, width = self.preview.shape[:2]
        tile = resized(Image.fromarray(self.preview).crop(square.box(width, height)))
        left, _, right, _ = square.box(self.width, self.height)
        side = f"{right - left:,}×{right - left:,}"
        note = f"A square of {side} pixels was cut out and scaled to {SIZE}×{SIZE}."
        others = tuple(each for each in self.notes if not each.startswith(_RESIZED))
        return replace(self, tile=tile, notes=(*others, note))


def read_upload(content: bytes, name: str) -> Upload:
    """The picture in `content`, prepared as the pictures of a data set's folder are.

    Raises:
        LabError: it is empty, too large, damaged, or no picture of one of FORMATS.
    """
    shown = repr(name[:60])
    if not content:
        raise LabError(f"{shown} is empty; choose another file.")
    if len(content) > MAX_MEGABYTES * 10**6:
        raise LabError(
            f"{shown} has {len(content) / 1e6:.0f} MB; at most {MAX_MEGABYTES} MB are taken, so "
            "save it smaller."
        )
    with _one_at_a_time:
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    raise LabError(_too_many(shown, f"{width:,}×{height:,}"))
                notes, tile = _notes(picture), as_tile(picture)
                turned = picture.getexif().get(_EXIF_ORIENTATION, 1) in _ON_ITS_SIDE
            width, height = (height, width) if turned else (width, height)
            return Upload(tile, notes, _preview(content), width, height)
        except LabError:
            raise
        except UnidentifiedImageError as error:
            raise LabError(
                f"{shown} is no picture that can be read here; send a PNG, JPEG, WebP, GIF, BMP "
                "or TIFF file."
            ) from error
        except Image.DecompressionBombError as error:
            raise LabError(_too_many(shown, "far too many")) from error
        except Exception as error:  # whatever a decoder makes of bytes that anybody may send
            log.info("an uploaded picture could not be read: %r", error)
            raise LabError(
                f"{shown} is damaged or cut short; open it in a picture viewer and save it anew."
            ) from error


def _preview(content: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        picture.draft("RGB", (MAX_PREVIEW, MAX_PREVIEW))  # a large JPEG decodes faster at a half
        color = upright_rgb(picture)
    color.thumbnail((MAX_PREVIEW, MAX_PREVIEW), Image.Resampling.LANCZOS)
    return np.asarray(color)


def _too_many(shown: str, pixels: str) -> str:
    return (
        f"{shown} has {pixels} pixels; at most {MAX_PIXELS // 10**6} million are taken, so save "
        "it smaller."
    )


def _notes(picture: Image.Image) -> tuple[str, ...]:
    notes = []
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and picture.format != "MPO":
        notes.append(f"It has {frames} frames; only the first one is used.")
    if picture.getexif().get(_EXIF_ORIENTATION, 1) != 1:
        notes.append("It was turned upright, as its EXIF entry says.")
    if picture.has_transparency_data:
        notes.append("Where it is transparent it was laid on white.")
    if picture.mode == "CMYK":
        notes.append("Its colors were converted from CMYK (for print) to RGB.")
    elif picture.mode in ("1", "L", "LA", "I", "I;16", "F"):
        notes.append("It has no colors; the network was trained on color images.")
    width, height = picture.size
    if (width, height) != (SIZE, SIZE):
        stretched = width != height
        notes.append(
            f"{_RESIZED} {'stretched' if stretched else 'scaled'} from {width:,}×{height:,} to "
            f"{SIZE}×{SIZE} pixels"
            + ("; choose a square of it for a better likeness." if stretched else ".")
        )
    return tuple(notes)
