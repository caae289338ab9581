"""Worker processes that run albumentations beside the training loop."""

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from core.augment.engine.worker import Job
from core.augment.policy import Policy
from core.augment.types import RGB
from core.errors import LabError
from core.paths import REPOSITORY

AHEAD = 2  # batches that each worker may be ahead of the loop


class Workers:
    """`count` processes; jobs go to them in turn and come back in order.

    Raises LabError, with the worker's last words, when one of them dies or fails.
    """

    def __init__(self, count: int, policy: Policy, mean: RGB, std: RGB) -> None:
        self._logs: list[IO[bytes]] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        try:
            for _ in range(count):
                self._start(policy, mean, std)
        except BaseException:
            self.close()
            raise

    def _start(self, policy: Policy, mean: RGB, std: RGB) -> None:
        log = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the process)
        self._logs.append(log)
        path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]).rstrip(":;")
        process = subprocess.Popen(
            [sys.executable, "-m", "core.augment.engine.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C in the terminal is for the lab, which then closes us
        )
        self._processes.append(process)
        self._send(len(self._processes) - 1, (policy, mean, std))

    def process_ids(self) -> list[int]:
        return [process.pid for process in self._processes]

    def map(self, jobs: Iterable[Job]) -> Iterator[NDArray[Any]]:
        """The augmented batches, in the order of `jobs`; a few are worked on ahead."""
        count = len(self._processes)
        waiting = iter(jobs)
        sent = 0
        for job in islice(waiting, AHEAD * count):
            self._send(sent % count, job)
            sent += 1
        taken = 0
        while taken < sent:
            answer = self._receive(taken % count)
            for job in islice(waiting, 1):
                self._send(sent % count, job)
                sent += 1
            taken += 1
            yield answer

    def close(self) -> None:
        """End the processes; what they were working on is dropped."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout):
                try:
                    assert stream is not None
                    stream.close()
                except OSError:
                    pass  # what was not yet written goes nowhere now
        for log in self._logs:
            log.close()
        self._processes, self._logs = [], []

    def _send(self, index: int, what: object) -> None:
        stream = self._processes[index].stdin
        assert stream is not None
        try:
            pickle.dump(what, stream, protocol=5)
            stream.flush()
        except OSError:
            raise self._died(index) from None

    def _receive(self, index: int) -> NDArray[Any]:
        stream = self._processes[index].stdout
        assert stream is not None
        try:
            answer = pickle.load(stream)
        except (EOFError, OSError, pickle.UnpicklingError):
            raise self._died(index) from None
        if isinstance(answer, str):
            last = answer.strip().splitlines()[-1]
            raise LabError(f"albumentations failed in a worker process: {last}.")
        return np.asarray(answer)

    def _died(self, index: int) -> LabError:
        try:
            code: object = self._processes[index].wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = "unknown"
        log = self._logs[index]
        log.seek(0)
        words = log.read().decode(errors="replace").strip().splitlines()
        last = f"; its last line: {words[-1]}" if words else ""
        return LabError(
            f"A worker process of the albumentations engine ended (exit code {code}){last}; "
            "start again with fewer workers, or with 0."
        )
