"""What a page can offer and what it may open."""

import subprocess
import sys
from pathlib import Path

import pytest

from core import paths
from core.data.sources import catalogue
from core.errors import LabError


def _image_folder(root: Path, names: tuple[str, ...] = ("a", "b")) -> Path:
    for split in ("train", "test"):
        for name in names:
            (root / split / name).mkdir(parents=True)
    return root


def test_offers_shapes_cifar10_and_the_folders_that_are_open(
    lab_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = _image_folder(lab_home / "data" / "mine")
    _image_folder(lab_home / "data" / "deeper" / "one")  # two levels down is not offered
    (lab_home / "data" / "cache").mkdir()
    single = _image_folder(tmp_path / "single", ("x", "y", "z"))
    many = _image_folder(tmp_path / "many" / "first").parent
    monkeypatch.setenv("CIFAR10_LAB_DATA", f"{single}:{many}:{tmp_path / 'absent'}")
    offered = catalogue.choices()
    assert [choice.source for choice in offered] == [
        "shapes",
        "cifar10",
        str(own),
        str(single),
        str(many / "first"),
    ]
    assert [choice.ready for choice in offered] == [True, False, True, True, True]
    assert offered[3].detail.startswith("3 classes")
    assert "download" in offered[1].detail


def test_a_fresh_machine_offers_the_shapes(lab_home: Path) -> None:
    assert [choice.source for choice in catalogue.choices() if choice.ready] == ["shapes"]


def test_offering_needs_no_torch() -> None:
    code = (
        "import sys; from core.data.sources import catalogue; catalogue.choices(); "
        "print([name for name in ('torch', 'torchvision', 'PIL', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=paths.REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_opens_what_lies_inside_and_nothing_else(lab_home: Path, tmp_path: Path) -> None:
    own = _image_folder(lab_home / "data" / "mine")
    assert catalogue.check_open("shapes") == "shapes"
    assert catalogue.check_open("cifar10") == "cifar10"
    assert catalogue.check_open(str(own)) == str(own.resolve())
    (lab_home / "data" / "way-out").symlink_to(tmp_path)
    for outside in (
        "/etc",
        str(lab_home / "data" / ".." / ".."),
        str(lab_home / "data" / "way-out"),
        " ",
    ):
        with pytest.raises(LabError):
            catalogue.check_open(outside)
