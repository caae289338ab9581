"""A lab of one's own: `streamlit run lab/Home.py` on a free port, in its own folder, ended whole.

Also used by the benchmarks and by the script that takes the screenshots.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

REPOSITORY = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class LabServer:
    """Starts on entry, answers at `url`, and is gone on exit with every process it started.

    `home` becomes CIFAR10_LAB_HOME, `data` CIFAR10_LAB_DATA; `options` go to streamlit as they
    are. What the server prints is in `log`, in `home` unless told otherwise.
    """

    def __init__(
        self,
        home: Path,
        *,
        data: str = "",
        port: int = 0,
        options: tuple[str, ...] = (),
        log: Path | None = None,
    ) -> None:
        self.home = home
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = log or home / "server.log"
        self._options = options
        self._environment = {
            **os.environ,
            "CIFAR10_LAB_HOME": str(home),
            "CIFAR10_LAB_DATA": data,
            "NO_ALBUMENTATIONS_UPDATE": "1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server was not started"
        return self._process.pid

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        # As people type it: `python -m streamlit` would put the repository on the import path.
        command = [str(Path(sys.executable).parent / "streamlit"), "run", "lab/Home.py"]
        command += ["--server.port", str(self.port), "--server.headless", "true", *self._options]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait(60)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._process is None:
            return
        for wish, seconds in ((signal.SIGTERM, 15), (signal.SIGKILL, 15)):
            try:
                os.killpg(self._process.pid, wish)
                self._process.wait(seconds)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._process.wait()
        self._process = None

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        said = self.log.read_text(errors="replace")[-4000:]
        raise RuntimeError(f"the lab did not start:\n{said}")
