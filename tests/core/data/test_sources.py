"""What a page can offer and what it may open."""

import contextlib
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
    for outside in ("/etc", str(lab_home / "data" / ".." / ".."), str(tmp_path), " "):
        with pytest.raises(LabError):
            catalogue.check_open(outside)


def test_a_link_in_the_data_folder_is_open_and_no_step_further(
    lab_home: Path, tmp_path: Path
) -> None:
    """Who may place a link there may open a folder; what lies in the folder may not."""
    elsewhere = _image_folder(tmp_path / "elsewhere")
    secret = _image_folder(tmp_path / "secret")
    (elsewhere / "onward").symlink_to(secret)
    (tmp_path / "turned").symlink_to(secret)
    data = lab_home / "data"
    data.mkdir(parents=True)
    (data / "linked").symlink_to(elsewhere)
    (data / "twice").symlink_to(tmp_path / "turned")
    (data / "loop").symlink_to(data / "loop")
    offered = [choice.source for choice in catalogue.choices() if choice.ready]
    assert str(data / "linked") in offered
    # by its own name, as a page offers it, and as a run that was started with it remembers it
    assert catalogue.check_open(str(data / "linked")) == str(elsewhere)
    assert catalogue.check_open(str(elsewhere)) == str(elsewhere)
    for outside in (data / "linked" / "onward", data / "twice", data / "loop", secret):
        with pytest.raises(LabError):
            catalogue.check_open(str(outside))


@pytest.mark.parametrize(
    "name",
    ["a\0b", "x" * 5000, "\ud800", "/\udcff\ud800", "~\nnobody", "~nobody-of-this-name", "\n"],
)
def test_names_that_no_folder_can_have_are_refused_in_one_sentence(
    lab_home: Path, name: str
) -> None:
    for act in (catalogue.load, catalogue.check_open):
        with pytest.raises(LabError) as error:
            act(name)
        message = str(error.value)
        assert message.isprintable()
        assert len(message) < 600
        assert message.endswith(".")
    with contextlib.suppress(LabError):  # a name that no folder has yet is for `load` to refuse
        assert Path(catalogue.resolve(name)).is_absolute()


def test_a_command_line_takes_the_names_of_the_menu(lab_home: Path, tmp_path: Path) -> None:
    own = _image_folder(lab_home / "data" / "mine")
    assert catalogue.resolve("cifar10") == "cifar10"
    assert catalogue.resolve("mine") == str(own)
    assert catalogue.resolve(str(tmp_path / ".." / "absent")) == str(tmp_path.parent / "absent")


def test_the_lab_opens_with_photos_where_there_are_some(lab_home: Path) -> None:
    assert catalogue.best(catalogue.choices()) == "shapes"
    own = _image_folder(lab_home / "data" / "mine")
    assert catalogue.best(catalogue.choices()) == str(own)
    (lab_home / "data" / "cifar10" / "cifar-10-batches-py").mkdir(parents=True)
    assert catalogue.best(catalogue.choices()) == "cifar10"
    assert [catalogue.is_synthetic(name) for name in ("shapes", "cifar10", str(own))] == [
        True,
        False,
        False,
    ]
