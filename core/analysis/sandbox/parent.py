"""Look at a student's file from a distance: in a process of its own that can be stopped for good.

The process is stopped after a time, a flood of output, too much memory or too large a file, with
all that it started; it begins in a scratch folder of its own, which is removed. That protects the
lab from mistakes (an endless loop, exit, a crash, files written to the folder it is in), not from
malice: the file runs with the rights of whoever runs the lab, and can read and write whatever they
can by naming it. That is why pages offer it only where the instructor switched it on.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from core import paths
from core.analysis.receptive_field.cross_check import Agreement
from core.analysis.receptive_field.effective import Footprint
from core.analysis.summary.inspection import Inspection
from core.errors import LabError
from core.networks.building import STUDENT_CODE_VARIABLE
from core.networks.names import split

if TYPE_CHECKING:
    from torch import Tensor

SECONDS = 15  # for the file, from when torch is there
START_SECONDS = 120  # for torch to be there
MAX_OUTPUT = 10_000_000  # bytes of standard output and error
KEPT_OUTPUT = 4_000  # of which the last are kept for a message
MAX_ANSWER = 50_000_000
_MARK = "CIFAR10_LAB_STUDENT_PROCESS"


@dataclass
class _Watched:
    process: "subprocess.Popen[bytes]"
    answer: int  # read end of the pipe
    mark: str


def inspect_file(
    name: str, classes: int = 10, image_size: int = 32, seconds: float = SECONDS
) -> Inspection:
    """`inspect` for `path/to/model.py:Net`; LabError says what the file did wrong and where."""
    plain = ask("inspect", name, classes=classes, image_size=(image_size,) * 2, seconds=seconds)
    try:
        return Inspection.from_plain(plain)
    except (TypeError, KeyError, ValueError) as error:
        raise LabError(f"{name} gave an answer that cannot be read ({error}).") from error


def probe_file(name: str, classes: int = 10, seconds: float = SECONDS) -> Agreement:
    """`cross_check.compare`, layer by layer, for `path/to/model.py:Net`."""
    return Agreement.from_plain(ask("probe", name, classes=classes, seconds=seconds))


def footprints_of_file(
    name: str, images: "Tensor", classes: int = 10, seconds: float = SECONDS
) -> tuple[Footprint, ...]:
    """`effective.footprints` of `path/to/model.py:Net` with its own initial weights."""
    plain = ask("effective", name, classes=classes, seconds=seconds, images=images.tolist())
    return tuple(Footprint.from_plain(entry) for entry in plain)


def ask(
    job: str,
    name: str,
    *,
    classes: int = 10,
    image_size: tuple[int, int] = (32, 32),
    seconds: float = SECONDS,
    **more: Any,
) -> Any:
    """Have the separate process do a job on a file's class, and hand its answer back.

    Raises LabError for whatever the file does wrong, an answer that does not come in `seconds`
    included. No process is left behind, however it ends.
    """
    path, _ = split(name)
    if not path.is_file():
        raise LabError(f"There is no file {path}; check the path.")
    request = {
        "job": job,
        "network": f"{path.resolve()}:{name.rpartition(':')[2]}",
        "classes": classes,
        "image_size": list(image_size),
        "seconds": seconds,
        **more,
    }
    with TemporaryDirectory(prefix="cifar10-lab-", ignore_cleanup_errors=True) as scratch:
        watched = _start(request, scratch)
        try:
            text = _collect(watched, path, seconds)
        finally:
            _end(watched)
    try:
        result = json.loads(text)
    except ValueError:
        raise LabError(f"{path.name} ended the process before it could answer.") from None
    if not isinstance(result, dict) or "answer" not in result:
        reported = result.get("error") if isinstance(result, dict) else None
        raise LabError(str(reported or f"{path.name} gave an answer that cannot be read."))
    return result["answer"]


def _start(request: dict[str, Any], scratch: str) -> _Watched:
    search = os.pathsep.join(filter(None, [str(paths.REPOSITORY), os.environ.get("PYTHONPATH")]))
    read, write = os.pipe()
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-m", "core.analysis.sandbox.child", str(write)],
        cwd=scratch,
        env={
            **os.environ,
            STUDENT_CODE_VARIABLE: "1",
            _MARK: mark,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": search,
            "TMPDIR": scratch,
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(write,),
        start_new_session=True,
    )
    os.close(write)
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.close()
    return _Watched(process, read, mark)


def _collect(watched: _Watched, path: Path, seconds: float) -> str:
    """The answer's text. Reads both pipes, and gives up on time, on a flood or at the end."""
    assert watched.process.stdout is not None
    output, answer = watched.process.stdout.fileno(), watched.answer
    printed, kept, answered = 0, b"", b""
    deadline, ready = time.monotonic() + START_SECONDS, False
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        selector.register(answer, selectors.EVENT_READ)
        while answer in {key.fd for key in selector.get_map().values()}:
            left = deadline - time.monotonic()
            if left <= 0:
                raise LabError(_too_slow(path, seconds, ready))
            for key, _ in selector.select(left):
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fd)
                elif key.fd == output:
                    printed += len(chunk)
                    kept = (kept + chunk)[-KEPT_OUTPUT:]
                    if printed > MAX_OUTPUT:
                        raise LabError(
                            f"{path.name} prints more than {MAX_OUTPUT // 1_000_000} MB and was "
                            "stopped; take the printing out."
                        )
                else:
                    answered += chunk
                    if len(answered) > MAX_ANSWER:
                        raise LabError(f"{path.name} is too large to be shown; use fewer layers.")
                    if not ready and answered.startswith(b"ready\n"):
                        ready, deadline = True, time.monotonic() + seconds
    text = answered.removeprefix(b"ready\n").decode("utf-8", "replace")
    if not text:
        raise LabError(_died(watched, path, kept))
    return text


def _too_slow(path: Path, seconds: float, ready: bool) -> str:
    if not ready:
        return f"torch did not start within {START_SECONDS} s to run {path.name}; try again."
    return (
        f"{path.name} did not finish within {seconds:g} s and was stopped; look for an endless "
        "loop, and for training or downloading outside `if __name__ == '__main__':`."
    )


def _died(watched: _Watched, path: Path, kept: bytes) -> str:
    with suppress(subprocess.TimeoutExpired):
        watched.process.wait(2)
    code = watched.process.returncode
    lines = [line for line in kept.decode("utf-8", "replace").splitlines() if line.strip()]
    last = f"; it last printed {lines[-1].strip()[:200]!r}" if lines else ""
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"{path.name} ended with {signal.Signals(-code).name}{last}."
    how = f" (exit code {code})" if code is not None else ""
    return f"{path.name} ended the process{how} before it could be inspected{last}."


def _end(watched: _Watched) -> None:
    """Kill the process, its group, and whatever left the group but still bears the mark."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(watched.process.pid, signal.SIGKILL)
    watched.process.kill()
    watched.process.wait()
    for stream in (watched.process.stdout, watched.process.stdin):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    os.close(watched.answer)
    mark = f"{_MARK}={watched.mark}".encode()
    for _ in range(40):  # until none is left: one may be starting another just now
        found = list(_marked(mark))
        if not found:
            return
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.025)


def _marked(mark: bytes) -> Iterator[int]:
    """Processes that were started with our mark in their environment (where there is a /proc)."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)
