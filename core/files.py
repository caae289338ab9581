"""Writing so that a reader, or a kill at any moment, never meets half a file."""

import errno
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.errors import LabError


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """`write` fills a file beside `path`, which is flushed to the disk and takes its place.

    Raises LabError where the disk is full or cannot be written to; `path` is then as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)  # safetensors writes for its owner alone
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise LabError(cannot_write(path, error)) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """`content` as JSON, atomically."""

    def write(temporary: Path) -> None:
        temporary.write_text(json.dumps(content, indent=2) + "\n", "utf-8")

    write_atomically(path, write)


def append_line(path: Path, content: Mapping[str, Any]) -> None:
    """One JSON object as one more line; a reader skips a last line that has no end yet."""
    line = json.dumps(content) + "\n"
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(line)
    except OSError as error:
        raise LabError(cannot_write(path, error)) from error


def read_lines(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The whole lines from byte `offset` on, and the offset behind the last of them.

    A line that is no JSON object (two halves that met after a kill) is passed over.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read()
    except FileNotFoundError:
        return [], 0
    end = content.rfind(b"\n") + 1
    rows = []
    for line in content[:end].splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows, offset + end


def cannot_write(path: Path, error: OSError) -> str:
    """The sentence for a write that failed, by the reason the system gives."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: {path} could not be written; make room and try again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{path} may not be written; allow writing to its folder, or set CIFAR10_LAB_HOME to "
            "a folder that is yours."
        )
    return f"{path} could not be written ({error.strerror or error}); choose another folder."


def mend_lines(path: Path) -> None:
    """End a last line that a kill cut in half, so that the next one does not run into it."""
    try:
        with path.open("rb+") as file:
            if file.seek(0, os.SEEK_END) and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                file.write(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        raise LabError(cannot_write(path, error)) from error
