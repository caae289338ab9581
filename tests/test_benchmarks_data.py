"""The benchmarks of first images and of Mistakes run in a short form; no figure is asserted."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import first_images, mistakes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten classes with 40 training and 8 test images each."""
    generator = np.random.default_rng(0)
    for split, count in (("train", 40), ("test", 8)):
        for name in "abcdefghij":
            place = tmp_path / "data" / split / name
            place.mkdir(parents=True)
            for number in range(count):
                pixels = generator.integers(0, 256, (32, 32, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{number}.jpg")
    return tmp_path / "data"


@pytest.mark.slow
def test_first_images(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first_images.main([str(folder), "--rounds", "1"])
    line = capsys.readouterr().out.splitlines()[-1]
    assert re.search(r"first row of the curve \d+\.\d s .*; 480 images without a cache", line)


@pytest.mark.slow
def test_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CIFAR10_LAB_HOME", "CIFAR10_LAB_DATA"):
        monkeypatch.setenv(name, "")  # so that what the command sets is undone
    mistakes.main(["--data", str(folder), "--rounds", "1", "--turns", "2"])
    said = capsys.readouterr().out
    for words in ("Grad-CAM, 32 tiles", "found", "of 80 among 400 images", "filter change, 80"):
        assert words in said
    assert "memory after 2 pages turned" in said
