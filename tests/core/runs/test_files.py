import errno
import json
import os
from pathlib import Path

import pytest

from core import files
from core.errors import LabError


class HalfADisk:
    """In place of the system's write: the second piece of a file finds no room."""

    def __init__(self, error: BaseException) -> None:
        self.error, self.calls = error, 0

    def __call__(self, descriptor: int, content: memoryview) -> int:
        self.calls += 1
        if self.calls > 1:
            raise self.error
        return os.pwrite(descriptor, content[:4], 0)


FULL = OSError(errno.ENOSPC, "No space left on device")


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "status.json"
    files.write_json(path, {"state": "running"})
    monkeypatch.setattr(os, "write", HalfADisk(FULL))
    with pytest.raises(LabError, match=r"disk is full: .*status\.json .*2\.0 kB are needed"):
        files.write_atomically(path, b"x" * 2000)
    assert json.loads(path.read_text()) == {"state": "running"}
    assert os.listdir(tmp_path) == ["status.json"]


def test_of_files_written_together_none_is_new_where_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("a", "b", "c")
    files.write_together({tmp_path / name: b"old" for name in names})
    monkeypatch.setattr(os, "write", HalfADisk(FULL))
    with pytest.raises(LabError, match="disk is full"):
        files.write_together({tmp_path / name: b"new" for name in names})
    assert [(tmp_path / name).read_bytes() for name in names] == [b"old"] * 3
    assert sorted(os.listdir(tmp_path)) == list(names)


def test_a_write_that_the_system_takes_in_pieces_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, rest: whole(descriptor, rest[:3]))
    files.write_atomically(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_a_defect_while_writing_leaves_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", HalfADisk(RuntimeError()))
    with pytest.raises(RuntimeError):
        files.write_atomically(tmp_path / "a", b"01234567")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[" * 100_000, b'{"a": NaN}', b'"\\ud800"', b"\xff", b"1" * 5000],
)
def test_what_is_no_json_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(LabError, match=r"config\.json cannot be read") as caught:
        files.read_json(path)
    assert len(str(caught.value)) < 300 + len(str(path))


def test_a_folder_and_a_link_to_itself_are_no_json(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path, tmp_path / "loop", tmp_path / "nothing"):
        with pytest.raises(LabError, match="cannot be read"):
            files.read_json(path)
        assert files.read_lines(path) == ([], 0)


def test_half_a_surrogate_pair_is_written_as_something_that_reads_back(tmp_path: Path) -> None:
    files.write_json(tmp_path / "a", {"name": "caf\udce9", "umlaut": "ä"})
    assert files.read_json(tmp_path / "a") == {"name": "caf?", "umlaut": "ä"}


def test_the_sentence_names_the_reason(tmp_path: Path) -> None:
    told = files.cannot_write(tmp_path, PermissionError(errno.EACCES, "Permission denied"))
    assert "may not be written" in told
    assert "CIFAR10_LAB_HOME" in told


def test_a_line_cut_in_half_is_not_read_and_not_run_into(tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    files.append_line(path, {"step": 1})
    with path.open("a") as file:
        file.write('{"step": 2, "lo')  # killed here
    rows, offset = files.read_lines(path)
    assert rows == [b'{"step": 1}']
    files.end_last_line(path)
    files.append_line(path, {"step": 2})
    assert files.read_lines(path, offset)[0][-1] == b'{"step": 2}'


def test_mending_changes_nothing_that_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    files.end_last_line(path)
    assert not path.exists()
    files.append_line(path, {"step": 1})
    before = path.read_bytes()
    files.end_last_line(path)
    assert path.read_bytes() == before
    (tmp_path / "empty").touch()
    files.end_last_line(tmp_path / "empty")
    assert (tmp_path / "empty").read_bytes() == b""


def test_reading_on_reads_only_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    assert files.read_lines(path) == ([], 0)
    files.append_line(path, {"step": 1})
    _, offset = files.read_lines(path)
    files.append_line(path, {"step": 2})
    rows, end = files.read_lines(path, offset)
    assert rows == [b'{"step": 2}']
    assert end == path.stat().st_size
