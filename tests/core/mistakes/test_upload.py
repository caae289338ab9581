"""Pictures as people send them: turned, see-through, for print, moving, huge, broken."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.errors import LabError
from core.mistakes.upload import MAX_MEGABYTES, MAX_PREVIEW, Square, read_upload

RED, BLUE = (220, 20, 20), (20, 20, 220)


def _halves(width: int = 64, height: int = 64) -> Image.Image:
    """Red above, blue below."""
    made = Image.new("RGB", (width, height), RED)
    made.paste(BLUE, (0, height // 2, width, height))
    return made


def _file(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _huge(width: int, height: int) -> bytes:
    """The head of a PNG that says it has so many pixels: all that may be looked at."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_plain_picture_of_the_right_size_is_left_alone() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    made = read_upload(_file(Image.fromarray(pixels)), "x.png")
    assert np.array_equal(made.tile, pixels)
    assert made.notes == ()


def test_it_is_stretched_to_the_size_and_that_is_said() -> None:
    made = read_upload(_file(_halves(300, 100), "JPEG", quality=95), "x.jpg")
    assert made.tile.shape == (32, 32, 3)
    assert np.abs(made.tile[4].astype(int) - RED).max() < 12
    assert np.abs(made.tile[-4].astype(int) - BLUE).max() < 12
    assert "stretched from 300×100 to 32×32" in made.notes[0]


def test_a_photo_is_turned_as_its_exif_entry_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what was above comes to the right
    made = read_upload(_file(_halves(), "JPEG", quality=95, exif=exif), "x.jpg")
    assert np.abs(made.tile[16, -4].astype(int) - RED).max() < 12
    assert np.abs(made.tile[16, 4].astype(int) - BLUE).max() < 12
    assert "turned upright" in made.notes[0]


def test_what_is_see_through_lies_on_white() -> None:
    picture = _halves().convert("RGBA")
    picture.putalpha(Image.fromarray(np.repeat([[0], [255]], 32, 0).astype(np.uint8).repeat(64, 1)))
    made = read_upload(_file(picture), "x.png")
    assert (made.tile[:8] == 255).all()
    assert np.abs(made.tile[-4].astype(int) - BLUE).max() < 3
    assert "laid on white" in made.notes[0]


def test_a_picture_for_print() -> None:
    made = read_upload(_file(_halves().convert("CMYK"), "JPEG", quality=95), "x.jpg")
    assert made.tile[4, 16, 0] > made.tile[4, 16, 2] + 100
    assert "CMYK" in made.notes[0]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_counts(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    rest = [Image.new("RGB", (64, 64), BLUE), Image.new("RGB", (64, 64), "green")]
    first = Image.new("RGB", (64, 64), RED)
    made = read_upload(_file(first, kind, save_all=True, append_images=rest, **options), "x.gif")
    assert np.abs(made.tile[16, 16].astype(int) - RED).max() < 30
    assert "3 frames; only the first" in made.notes[0]


def test_gray_and_sixteen_bits() -> None:
    deep = Image.fromarray(np.full((64, 64), 32896, dtype=np.uint16))
    made = read_upload(_file(deep), "x.png")
    assert (made.tile == 128).all()
    assert "no colors" in made.notes[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"#!/bin/sh\necho hello\n", "no picture that can be read here"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture that can be read here"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture that can be read here"),
        (_file(_halves())[:80], "damaged or cut short"),
        (_file(_halves(), "JPEG")[:300], "damaged or cut short"),
        (_file(_halves(), "GIF")[:40], "damaged or cut short"),
        (_huge(20_000, 15_000), "far too many pixels"),  # 300 megapixels
        (_huge(8_000, 8_000), "8,000×8,000 pixels; at most 50 million"),
        (b"\x89PNG" + bytes(MAX_MEGABYTES * 10**6), f"at most {MAX_MEGABYTES} MB"),
    ],
)
def test_one_sentence_for_what_cannot_be_read(content: bytes, said: str) -> None:
    with pytest.raises(LabError, match=said) as error:
        read_upload(content, "mine.png")
    assert str(error.value).startswith("'mine.png'")
    assert str(error.value).count(". ") == 0
    assert "\n" not in str(error.value)


def test_no_bytes_at_all_take_the_server_down() -> None:
    """Real files with a few bytes changed: read, or refused in a sentence."""
    generator = np.random.default_rng(1)
    for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"):
        whole = np.frombuffer(_file(_halves(), kind), dtype=np.uint8)
        for _ in range(40):
            bent = whole.copy()
            bent[generator.integers(0, len(bent), 4)] = generator.integers(0, 256, 4)
            try:
                assert read_upload(bent.tobytes(), "bent").tile.shape == (32, 32, 3)
            except LabError as error:
                assert str(error).startswith("'bent'")  # noqa: PT017


@pytest.mark.parametrize(
    ("square", "box"),
    [
        (Square(), (100, 0, 200, 100)),
        (Square(1, 0, 0), (0, 0, 100, 100)),
        (Square(0.5, 1, 1), (250, 50, 300, 100)),
        (Square(0.5, 0.5, 0), (125, 0, 175, 50)),
        (Square(0, 0, 1), (0, 99, 1, 100)),
        (Square(7, -3, 9), (0, 0, 100, 100)),
    ],
)
def test_the_box_of_a_square(square: Square, box: tuple[int, ...]) -> None:
    assert square.box(300, 100) == box


def test_a_square_is_cut_out_before_it_is_scaled() -> None:
    """Red, blue and red again, side by side: the middle square is all blue, the left one red."""
    picture = Image.new("RGB", (300, 100), RED)
    picture.paste(BLUE, (100, 0, 200, 100))
    sent = read_upload(_file(picture), "x.png")
    assert sent.preview.shape == (100, 300, 3)
    middle, left = sent.cropped(Square()), sent.cropped(Square(1, 0, 0))
    assert (middle.tile == BLUE).all()
    assert (left.tile == RED).all()
    assert middle.notes == ("A square of 100×100 pixels was cut out and scaled to 32×32.",)
    # By hand: Pillow's crop and its own filter.
    expected = picture.crop((50, 0, 150, 100)).resize((32, 32), Image.Resampling.LANCZOS)
    assert np.array_equal(sent.cropped(Square(1, 0.25, 0)).tile, np.asarray(expected))


def test_the_square_of_a_turned_photo_is_that_of_the_upright_one() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sent = read_upload(_file(_halves(64, 128), "JPEG", quality=95, exif=exif), "x.jpg")
    assert (sent.width, sent.height) == (128, 64)
    assert sent.preview.shape == (64, 128, 3)
    assert np.abs(sent.cropped(Square(1, 1, 0)).tile.astype(int) - RED).max() < 30
    assert "turned upright" in sent.cropped(Square()).notes[0]


def test_a_large_picture_has_a_small_preview() -> None:
    sent = read_upload(_file(_halves(3000, 2000), "JPEG"), "x.jpg")
    assert max(sent.preview.shape) == MAX_PREVIEW
    assert (sent.width, sent.height) == (3000, 2000)
    assert "A square of 1,000×1,000 pixels" in sent.cropped(Square(0.5)).notes[-1]
