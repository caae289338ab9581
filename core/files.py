"""Files written so that a reader, or a kill at any moment, never meets half of one."""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from core.errors import LabError

MAX_JSON_BYTES = 10_000_000  # of a file that is read whole; a run's settings have some 2,000


class NotWritten(LabError):
    """The disk is full, or may not be written to."""


def write_atomically(path: Path, content: bytes) -> None:
    """`content` goes into a file beside `path`, is flushed to the disk and takes its place.

    Raises NotWritten where the disk is full or cannot be written to; `path` is then as it was.
    """
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Several files: none takes its place before all are on the disk. They do so in order.

    A folder that is not there is made, not its parents. Raises NotWritten where the disk is full
    or cannot be written to; nothing has changed then, unless renaming itself failed.
    """
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in contents}
    path = next(iter(contents))
    try:
        for path, part in parts.items():
            path.parent.mkdir(exist_ok=True)
            with part.open("wb") as file:
                _write(file.fileno(), contents[path])
                os.fsync(file.fileno())
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        _remove(parts.values())  # first, for what is said of free room
        needed = sum(len(content) for content in contents.values())
        raise NotWritten(cannot_write(path, error, needed)) from error
    finally:
        _remove(parts.values())


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """`content` as JSON, atomically."""
    write_atomically(path, _json(content, indent=2))


def append_line(path: Path, content: Mapping[str, Any]) -> None:
    """One JSON object as one more line; a reader skips a last line that has no end yet."""
    line = _json(content)
    try:
        with path.open("ab") as file:
            _write(file.fileno(), line)
    except OSError as error:
        raise NotWritten(cannot_write(path, error, len(line))) from error


def _json(content: Mapping[str, Any], indent: int | None = None) -> bytes:
    """UTF-8 that reads back: half a surrogate pair, from a file's name say, becomes a `?`."""
    text = json.dumps(content, indent=indent, ensure_ascii=False)
    return text.encode("utf-8", "replace") + b"\n"


def _write(descriptor: int, content: bytes) -> None:
    """All of `content`; the system may take it in pieces."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_json(path: Path) -> Any:
    """What a JSON file holds, in plain types; there is no NaN in it, and text is valid Unicode.

    Raises LabError for whatever else lies there: no file, a folder, a link to itself, nesting
    without end.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_JSON_BYTES + 1)
        if len(content) > MAX_JSON_BYTES:
            raise LabError(
                f"{path} is larger than {MAX_JSON_BYTES // 10**6} MB; it is no file of this lab."
            )
        return from_json(content, allow_inf_nan=False)
    except (OSError, ValueError) as error:
        if isinstance(error, LabError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise LabError(f"{path} cannot be read ({reason}).") from error


def read_lines(path: Path, offset: int = 0) -> tuple[list[bytes], int]:
    """The whole lines from byte `offset` on, and the offset behind the last of them.

    [] where there is no such file.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read()
    except OSError:
        return [], offset
    end = content.rfind(b"\n") + 1
    return content[:end].splitlines(), offset + end


def end_last_line(path: Path) -> None:
    """End a last line that a kill cut in half, so that the next one does not run into it."""
    try:
        with path.open("rb+") as file:
            if file.seek(0, os.SEEK_END) and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                file.write(b"\n")
    except FileNotFoundError:
        return
    except OSError as error:
        raise NotWritten(cannot_write(path, error)) from error


def cannot_write(path: Path, error: OSError, needed: int = 0) -> str:
    """The sentence for a write of `needed` bytes that failed, by the reason the system gives."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk is full: {path} could not be written{_room(path, needed)}; make room and "
            "try again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{path} may not be written; allow writing to its folder, or set CIFAR10_LAB_HOME to "
            "a folder that is yours."
        )
    return f"{path} could not be written ({error.strerror or error}); choose another folder."


def _room(path: Path, needed: int) -> str:
    if not needed:
        return ""
    try:
        free = f", {_megabytes(shutil.disk_usage(path.parent).free)} are free"
    except OSError:
        free = ""
    return f" ({_megabytes(needed)} are needed{free})"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e5 else f"{count / 1e3:,.1f} kB"
