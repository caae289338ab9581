"""The quick way to decode a JPEG gives Pillow's pixels, or leaves the file to Pillow."""

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import image_file, plain_jpeg
from core.data.shape_drawing import make
from core.errors import LabError


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    drawn = make(40, 10, seed=9).train_images.permute(0, 2, 3, 1).numpy()
    return [Image.fromarray(pixels) for pixels in drawn]


def _saved(picture: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def _by_pillow(content: bytes) -> np.ndarray | None:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return image_file.as_tile(picture)
    except Exception:
        return None


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("quality", [1, 30, 75, 95, 100])
def test_plain_files_have_pillows_pixels(
    pictures: list[Image.Image], subsampling: str, quality: int
) -> None:
    for number, picture in enumerate(pictures):
        options = {"optimize": number % 2 == 0, "restart_marker_blocks": number % 3}
        content = _saved(picture, quality=quality, subsampling=subsampling, **options)
        quick = plain_jpeg.decode(content, 32)
        assert quick is not None
        assert np.array_equal(quick, _by_pillow(content))


def test_what_is_not_plain_is_left_to_pillow(pictures: list[Image.Image]) -> None:
    picture = pictures[0]
    exif = Image.Exif()
    exif[0x0112] = 6
    for content in (
        _saved(picture, progressive=True),
        _saved(picture, exif=exif),
        _saved(picture.convert("L")),
        _saved(picture.convert("CMYK")),
        _saved(picture.resize((31, 32))),
        _saved(picture, keep_rgb=True),
        _saved(picture)[:-40],
        b"",
        b"\xff\xd8\xff\xe0",
    ):
        assert plain_jpeg.decode(content, 32) is None


def test_a_turned_picture_is_still_turned(pictures: list[Image.Image], tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    (tmp_path / "a.jpg").write_bytes(_saved(pictures[1], quality=95))
    (tmp_path / "b.jpg").write_bytes(_saved(pictures[1], quality=95, exif=exif))
    upright, _ = image_file.read(tmp_path / "a.jpg")
    turned, _ = image_file.read(tmp_path / "b.jpg")
    assert np.array_equal(turned, upright[::-1, ::-1])


def test_damaged_files_never_give_other_pixels(pictures: list[Image.Image]) -> None:
    """Some bytes changed: the quick way gives what Pillow gives, wherever Pillow gives anything."""
    generator = random.Random(5)
    compared = 0
    for _ in range(2000):
        content = bytearray(_saved(generator.choice(pictures), quality=80))
        for _ in range(generator.choice([1, 1, 3])):
            content[generator.randrange(2, len(content) - 2)] = generator.randrange(256)
        quick, pillows = plain_jpeg.decode(bytes(content), 32), _by_pillow(bytes(content))
        if quick is not None and pillows is not None:
            assert np.array_equal(quick, pillows)
            compared += 1
    assert compared > 500


def test_a_file_that_neither_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(200) + b"\xff\xd9")
    with pytest.raises(LabError, match="cannot be read as a picture"):
        image_file.read(path)
