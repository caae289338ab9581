import errno
import json
import os
from pathlib import Path

import pytest

from core import files
from core.errors import LabError


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    files.write_json(path, {"state": "running"})

    def half(temporary: Path) -> None:
        temporary.write_text('{"sta')
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(LabError, match=r"disk is full: .*status\.json"):
        files.write_atomically(path, half)
    assert json.loads(path.read_text()) == {"state": "running"}
    assert os.listdir(tmp_path) == ["status.json"]


def test_a_defect_while_writing_leaves_no_litter(tmp_path: Path) -> None:
    def broken(temporary: Path) -> None:
        temporary.write_text("x")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        files.write_atomically(tmp_path / "a", broken)
    assert os.listdir(tmp_path) == []


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
    assert rows == [{"step": 1}]
    files.mend_lines(path)
    files.append_line(path, {"step": 2})
    assert files.read_lines(path, offset)[0] == [{"step": 2}]


def test_mending_changes_nothing_that_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    files.mend_lines(path)
    assert not path.exists()
    files.append_line(path, {"step": 1})
    before = path.read_bytes()
    files.mend_lines(path)
    assert path.read_bytes() == before
    (tmp_path / "empty").touch()
    files.mend_lines(tmp_path / "empty")
    assert (tmp_path / "empty").read_bytes() == b""


def test_reading_on_reads_only_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    assert files.read_lines(path) == ([], 0)
    files.append_line(path, {"step": 1})
    _, offset = files.read_lines(path)
    files.append_line(path, {"step": 2})
    rows, end = files.read_lines(path, offset)
    assert rows == [{"step": 2}]
    assert end == path.stat().st_size
