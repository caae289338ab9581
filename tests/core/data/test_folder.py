"""Image folders: what is read, what is cached, and what is refused in one sentence."""

import errno
import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import paths
from core.data import cache, folder, folder_layout, image_file
from core.data.sources import catalogue
from core.errors import LabError

NAMES = ("cat", "dog", "owl")


def _pixels(seed: int, size: tuple[int, int] = (32, 32)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


@pytest.fixture
def root(tmp_path: Path, lab_home: Path) -> Path:
    """Three classes, four training and two test images each, as PNG: no pixel is lost."""
    place = tmp_path / "pets"
    seed = 0
    for split, count in (("train", 4), ("test", 2)):
        for name in NAMES:
            (place / split / name).mkdir(parents=True)
            for number in range(count):
                image = Image.fromarray(_pixels(seed))
                image.save(place / split / name / f"{number}.png")
                seed += 1
    return place


def test_every_pixel_and_label_arrives(root: Path) -> None:
    loaded = catalogue.load(str(root))
    assert loaded.class_names == NAMES
    assert loaded.train_labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert loaded.test_labels.tolist() == [0, 0, 1, 1, 2, 2]
    for seed in range(12):
        expected = torch.from_numpy(_pixels(seed)).permute(2, 0, 1)
        assert torch.equal(loaded.train_images[seed], expected)
    assert torch.equal(loaded.test_images[5], torch.from_numpy(_pixels(17)).permute(2, 0, 1))
    scaled = loaded.train_images.double().numpy() / 255
    np.testing.assert_allclose(loaded.mean, scaled.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(loaded.std, scaled.std(axis=(0, 2, 3)))
    assert loaded.notes == ()
    assert (loaded.source, loaded.title) == (str(root), "pets")


def test_cifar_10_keeps_its_own_order(tmp_path: Path) -> None:
    """The order of the original's batches.meta: weights trained on one then fit the other."""
    original = ["airplane", "automobile", "bird", "cat", "deer", "dog"]
    original += ["frog", "horse", "ship", "truck"]
    for split in ("train", "test"):
        for name in reversed(original):
            (tmp_path / split / name).mkdir(parents=True)
            (tmp_path / split / name / "0.png").touch()
    assert list(folder_layout.scan(str(tmp_path)).class_names) == original


def test_the_cache_is_used_while_nothing_changed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = catalogue.load(str(root))
    monkeypatch.setattr(image_file, "read", lambda path: pytest.fail(f"{path} was decoded again"))
    again = catalogue.load(str(root))
    assert torch.equal(first.train_images, again.train_images)
    assert torch.equal(first.test_images, again.test_images)
    assert (first.mean, first.std, first.class_names) == (again.mean, again.std, again.class_names)


def test_a_rewritten_file_is_seen(root: Path) -> None:
    catalogue.load(str(root))
    path = root / "train" / "dog" / "1.png"
    before = path.stat()
    path.write_bytes(_png(path.stat().st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    assert path.stat().st_size == before.st_size  # only the time differs
    loaded = catalogue.load(str(root))
    assert loaded.train_images[5].unique().tolist() == [7]


def _png(size: int) -> bytes:
    """A gray PNG filled up to `size` bytes behind its end."""
    import io

    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), (7, 7, 7)).save(buffer, "PNG")
    return buffer.getvalue().ljust(size, b"\0")


def test_added_removed_and_renamed_files_are_seen(root: Path) -> None:
    catalogue.load(str(root))
    Image.new("RGB", (32, 32), (9, 9, 9)).save(root / "test" / "owl" / "9.webp", lossless=True)
    added = catalogue.load(str(root))
    assert added.test_labels.tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert added.test_images[6].unique().tolist() == [9]
    (root / "test" / "owl" / "9.webp").unlink()
    assert len(catalogue.load(str(root)).test_labels) == 6
    (root / "train" / "cat" / "0.png").rename(root / "train" / "owl" / "zero.png")
    moved = catalogue.load(str(root))
    assert moved.train_labels.bincount().tolist() == [3, 4, 5]


def test_a_damaged_cache_is_decoded_again(root: Path) -> None:
    whole = catalogue.load(str(root))
    (place,) = (paths.data_folder() / "cache").glob("pets-*.safetensors")
    content = place.read_bytes()
    for damaged in (content[:100], content[: len(content) // 2], b"", b"\xff" * 64):
        place.write_bytes(damaged)
        assert torch.equal(catalogue.load(str(root)).train_images, whole.train_images)
        assert place.stat().st_size == len(content)  # whole again


def test_a_process_killed_while_it_writes_leaves_no_cache(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kill is played by an exception that no clean-up of ours catches, half-way in the file."""

    class Killed(BaseException):
        pass

    def half(tensors: object, place: Path, metadata: object) -> None:
        place.write_bytes(b"half a file")
        raise Killed

    monkeypatch.setattr(cache, "save_file", half)
    with pytest.raises(Killed):
        catalogue.load(str(root))
    assert not list((paths.data_folder() / "cache").glob("*.safetensors"))
    monkeypatch.undo()
    monkeypatch.setenv("CIFAR10_LAB_HOME", str(root.parent / "home"))
    assert len(catalogue.load(str(root)).train_labels) == 12


def test_what_a_kill_left_behind_is_swept_up(root: Path) -> None:
    place = paths.data_folder() / "cache"
    place.mkdir(parents=True)
    old, young = place / "a.safetensors.1.part", place / "b.safetensors.2.part"
    for part in (old, young):
        part.write_bytes(b"half")
    os.utime(old, (1, 1))
    catalogue.load(str(root))
    assert not old.exists()
    assert young.exists()  # another process may be at it this moment


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_carries_on_and_says_so_when_the_cache_cannot_be_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(cache, "save_file", refuse)
    loaded = catalogue.load(str(root))
    assert len(loaded.train_labels) == 12
    (note,) = loaded.notes
    assert os.strerror(number) in note
    assert "decoded again at the next start" in note
    assert not list((paths.data_folder() / "cache").glob("*"))


def test_other_sizes_are_resized_and_counted(root: Path) -> None:
    Image.new("RGB", (64, 48), (200, 100, 50)).save(
        root / "train" / "cat" / "large.JPG", quality=95
    )
    Image.new("L", (8, 8), 33).save(root / "test" / "dog" / "small.png")
    loaded = catalogue.load(str(root))
    assert loaded.notes == ("2 of 20 images had another size and were resized to 32x32.",)
    large = loaded.train_images[4]  # behind 0.png to 3.png
    assert large.flatten(1).double().mean(1).tolist() == pytest.approx([200, 100, 50], abs=2)
    assert loaded.test_images[4].unique().tolist() == [33]
    assert catalogue.load(str(root)).notes == loaded.notes  # from the cache too


def test_files_that_are_no_images_of_ours_are_passed_over(root: Path) -> None:
    for name in ("notes.txt", ".hidden.png", "._0.png"):
        (root / "train" / "cat" / name).write_text("not an image")
    (root / "train" / ".thumbnails").mkdir()
    assert len(catalogue.load(str(root)).train_labels) == 12


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("LA", (40, 255), (40, 40, 40)),
        ("I;16", 257 * 90, (90, 90, 90)),
    ],
)
def test_modes(tmp_path: Path, mode: str, color: object, expected: tuple[int, ...]) -> None:
    path = tmp_path / "picture.png"
    Image.new(mode, (32, 32), color).save(path)
    pixels, resized = image_file.read(path)
    assert tuple(pixels[5, 5]) == expected
    assert not resized


def test_exif_rotation_is_followed(tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    pixels[:8] = 255  # a light band at the top of what is stored
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise: the band belongs on the right
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    turned, _ = image_file.read(tmp_path / "turned.png")
    assert turned[:, -8:].min() == 255
    assert turned[:, :-8].max() == 0


def test_an_animation_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), (value, 0, 0)) for value in (50, 250)]
    frames[0].save(tmp_path / "moving.png", save_all=True, append_images=frames[1:])
    assert image_file.read(tmp_path / "moving.png")[0][0, 0].tolist() == [50, 0, 0]


def test_a_picture_of_too_many_pixels_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "huge.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(LabError, match=r"huge\.png has too many pixels"):
        image_file.read(tmp_path / "huge.png")


def _one_sentence(error: pytest.ExceptionInfo[LabError], *parts: str) -> None:
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert ". " not in message
    for part in parts:
        assert part in message


def test_unreadable_images_are_named(root: Path) -> None:
    good = (root / "test" / "dog" / "0.png").read_bytes()
    (root / "test" / "dog" / "0.png").write_bytes(good[: len(good) // 2])
    with pytest.raises(LabError) as error:
        catalogue.load(str(root))
    _one_sentence(error, str(root / "test" / "dog" / "0.png"), "cannot be read")
    for name in NAMES:
        (root / "train" / name / "1.png").write_text("no image")
    with pytest.raises(LabError) as error:
        catalogue.load(str(root))
    _one_sentence(error, "4 images cannot be read", "and 1 more")
    assert not list((paths.data_folder() / "cache").glob("*"))


def _empty(root: Path) -> None:
    for path in sorted(root.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def _one_class(root: Path) -> None:
    for split in ("train", "test"):
        for name in NAMES[1:]:
            for path in (root / split / name).iterdir():
                path.unlink()
            (root / split / name).rmdir()


def _no_test(root: Path) -> None:
    (root / "test").rename(root / "held-out")


def _other_test_classes(root: Path) -> None:
    (root / "test" / "owl").rename(root / "test" / "fox")


def _empty_class(root: Path) -> None:
    for path in (root / "test" / "owl").iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "parts"),
    [
        (_empty, ("train", "is missing", "train/<class>/")),
        (_one_class, ("one class only", "'cat'", "at least two")),
        (_no_test, ("test", "is missing")),
        (_other_test_classes, ("only train has 'owl'", "only test has 'fox'")),
        (_empty_class, ("test/owl", "holds no images", ".png")),
    ],
)
def test_bad_folders(root: Path, spoil: object, parts: tuple[str, ...]) -> None:
    spoil(root)
    with pytest.raises(LabError) as error:
        catalogue.load(str(root))
    _one_sentence(error, *parts)


@pytest.mark.parametrize(
    ("source", "part"), [("no/such/folder", "There is no folder"), ("  ", "No data is named")]
)
def test_bad_names(lab_home: Path, source: str, part: str) -> None:
    with pytest.raises(LabError) as error:
        catalogue.load(source)
    _one_sentence(error, part, "cifar10", "shapes")


def test_a_file_instead_of_a_folder(tmp_path: Path, lab_home: Path) -> None:
    (tmp_path / "archive.zip").write_text("")
    with pytest.raises(LabError) as error:
        catalogue.load(str(tmp_path / "archive.zip"))
    _one_sentence(error, "is a file")


def test_progress_goes_forward_to_the_end(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_BLOCK", 5)
    told: list[tuple[float, str]] = []
    catalogue.load(str(root), lambda fraction, message: told.append((fraction, message)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert "decoding 18 of 18 images" in [message for _, message in told]


def test_a_listener_that_gives_up_stops_the_decoding(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is left raises from its progress bar."""
    monkeypatch.setattr(folder, "_BLOCK", 1)
    monkeypatch.setattr(folder.os, "cpu_count", lambda: 1)
    decoded: list[Path] = []
    read = image_file.read

    def slowly(path: Path) -> object:
        decoded.append(path)
        time.sleep(0.05)  # else a busy machine may decode all 18 before the listener has left
        return read(path)

    monkeypatch.setattr(image_file, "read", slowly)

    def leave(fraction: float, message: str) -> None:
        if fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalogue.load(str(root), leave)
    assert len(decoded) < 18


def test_the_real_folder(lab_home: Path) -> None:
    archive = paths.REPOSITORY.parent / "shared" / "data" / "cifar10-jpeg.tar.xz"
    unpacked = paths.REPOSITORY / "workspace" / "data" / "cifar10-jpeg"
    if not archive.exists() or not unpacked.is_dir():
        pytest.skip("the CIFAR-10 JPEG folder is not unpacked in workspace/data")
    loaded = catalogue.load(str(unpacked))
    assert loaded.train_labels.bincount().tolist() == [5000] * 10
    assert loaded.test_labels.bincount().tolist() == [1000] * 10
    # The original's statistics, which JPEG hardly moves.
    assert loaded.mean == pytest.approx((0.4914, 0.4822, 0.4465), abs=0.001)
    assert loaded.std == pytest.approx((0.2470, 0.2435, 0.2616), abs=0.003)


@pytest.mark.parametrize(
    "name", [b"\xff\xfe", b"two\nlines", b"\x1b[31m", "bad\u202ename".encode()]
)
def test_class_names_that_cannot_be_shown_are_refused(root: Path, name: bytes) -> None:
    for split in ("train", "test"):
        (root / split / "owl").rename(os.fsdecode(os.fsencode(root / split) + b"/" + name))
    with pytest.raises(LabError) as error:
        catalogue.load(str(root))
    _one_sentence(error, "cannot be shown", "rename it")
    assert str(error.value).isprintable()


def test_odd_names_that_can_be_shown_are_taken(root: Path) -> None:
    for split in ("train", "test"):
        (root / split / "owl").rename(root / split / "<b>Eule & Käuzchen 🦉<b> $x$ `y`")
    assert "<b>Eule & Käuzchen 🦉<b> $x$ `y`" in catalogue.load(str(root)).class_names


def _loop(root: Path) -> None:
    (root / "train" / "cat" / "loop.png").symlink_to(root / "train" / "cat" / "loop.png")


def _folder_like_an_image(root: Path) -> None:
    (root / "train" / "cat" / "folder.png").mkdir()


def _gone(root: Path) -> None:
    (root / "train" / "cat" / "gone.png").symlink_to(root / "nothing")


def _loop_of_classes(root: Path) -> None:
    for split in ("train", "test"):
        (root / split / "zoo").symlink_to(root / split / "zoo")


@pytest.mark.parametrize("spoil", [_loop, _folder_like_an_image, _gone, _loop_of_classes])
def test_what_is_no_file_is_passed_over(root: Path, spoil: object) -> None:
    spoil(root)
    assert len(catalogue.load(str(root)).train_labels) == 12


def test_an_open_folder_with_a_name_that_is_no_text_is_not_offered(
    root: Path, lab_home: Path
) -> None:
    data = lab_home / "data"
    data.mkdir(parents=True)
    root.rename(os.fsdecode(os.fsencode(data) + b"/\xff"))
    (source,) = [choice.source for choice in catalogue.choices() if choice.ready]
    assert source == "shapes"
