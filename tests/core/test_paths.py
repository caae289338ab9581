from pathlib import Path

import pytest

from core import paths
from core.errors import LabError


def test_a_path_that_climbs_out_is_refused(tmp_path: Path) -> None:
    allowed = tmp_path / "runs"
    allowed.mkdir()
    assert paths.inside(allowed / "a" / ".." / "b", allowed) == allowed / "b"
    with pytest.raises(LabError, match="outside the lab's folders"):
        paths.inside(allowed / ".." / "secret", allowed)


def test_a_link_that_points_out_is_refused(tmp_path: Path) -> None:
    allowed, outside = tmp_path / "runs", tmp_path / "outside"
    allowed.mkdir()
    outside.mkdir()
    (allowed / "link").symlink_to(outside)
    with pytest.raises(LabError, match="outside the lab's folders"):
        paths.inside(allowed / "link" / "file", allowed)


def test_a_neighbor_with_the_same_beginning_is_outside(tmp_path: Path) -> None:
    with pytest.raises(LabError):
        paths.inside(tmp_path / "runs-of-others", tmp_path / "runs")


def test_the_instructor_opens_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFAR10_LAB_DATA", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    assert paths.open_data_folders() == (paths.data_folder(), tmp_path / "a", tmp_path / "b")
