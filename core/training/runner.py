"""Background training: one thread a device, a queue before it, pause, resume, stop.

The runner belongs to the process, not to a browser session, so a page that is reloaded finds its
runs again. Threads write to run folders and to nothing else.
"""

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.config.run_config import RunConfig
from core.data.image_set import ImageSet
from core.data.sources import catalogue
from core.device import pick
from core.errors import LabError
from core.runs.claim import take
from core.runs.create import create_run
from core.runs.resume import take_on
from core.runs.store import Run, open_run
from core.training.job import Job

log = logging.getLogger(__name__)


class Runner:
    """Takes runs, trains them one after another on each device, in threads of its own.

    `folder` is where run folders are made; `load(source, progress)` gives the images.
    """

    def __init__(self, folder: Path, load: Callable[..., ImageSet] = catalogue.load) -> None:
        self.folder = folder
        self._load = load
        self._lock = threading.RLock()
        self._queues: dict[str, deque[Job]] = {}
        self._current: dict[str, Job] = {}
        atexit.register(self.close)

    def start(self, config: RunConfig) -> Run:
        """A new run, training at once or waiting in its device's queue.

        Raises LabError for a device that is not there, a folder that cannot be written, and for
        the very same settings while they are being trained already (a double click).
        """
        device = str(pick(config.training.device))
        with self._lock:
            for job in self._jobs():
                if job.config == config and not job.stop.is_set():
                    raise LabError(
                        f"These very settings are already in training as run {job.run.name}; "
                        "change one (the seed, say), or stop that run first."
                    )
            run = Run(create_run(self.folder, config))
            self._enqueue(device, Job(run, config, take(run.folder), resume=False))
        return run

    def resume(self, name: str) -> Run:
        """Go on after a pause, or continue a run that ended early from its checkpoint, if any."""
        with self._lock:
            job = self._find(name)
            if job is not None:
                job.go.set()
                return job.run
            run = open_run(self.folder, name)
            device = str(pick(run.config.training.device))
            claim, checkpoint = take_on(run)
            self._enqueue(device, Job(run, run.config, claim, resume=checkpoint is not None))
            return run

    def pause(self, name: str) -> None:
        """Hold a run before its next step; LabError where this process does not train it."""
        self._own(name).go.clear()

    def stop(self, name: str) -> None:
        """Stop before the next step; asked a second time, stop in the middle of one."""
        with self._lock:
            job = self._own(name)
            queue = next((q for q in self._queues.values() if job in q), None)
            if queue is not None:
                queue.remove(job)
                self._renumber()
                job.claim.end("stopped", "Taken out of the queue.")
            else:
                job.ask_to_stop()

    def mine(self, name: str) -> bool:
        """Whether this process trains the run or has it in its queue."""
        with self._lock:
            return self._find(name) is not None

    def paused(self, name: str) -> bool:
        """Whether a pause was asked for and not taken back."""
        with self._lock:
            job = self._find(name)
            return job is not None and not job.go.is_set()

    def queue(self) -> list[str]:
        """Names of the runs that wait, next first."""
        with self._lock:
            return [job.run.name for queue in self._queues.values() for job in queue]

    def busy(self) -> list[str]:
        """Names of the runs in training now."""
        with self._lock:
            return [job.run.name for job in self._current.values()]

    def join(self, name: str, timeout: float) -> bool:
        """Wait for a run that this process trains to end; whether it has ended."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self.mine(name):
                return True
            time.sleep(0.02)
        return not self.mine(name)

    def close(self, timeout: float = 10.0) -> None:
        """Stop everything; what does not stop in time is left behind as interrupted."""
        with self._lock:
            jobs = self._jobs()
            for queue in self._queues.values():
                queue.clear()
            for job in jobs:
                job.stop.set()
                job.go.set()
        deadline = time.monotonic() + timeout
        for job in jobs:
            if job.thread is not None and job.thread is not threading.current_thread():
                job.thread.join(max(deadline - time.monotonic(), 0))
        atexit.unregister(self.close)

    def _jobs(self) -> list[Job]:
        waiting = [job for queue in self._queues.values() for job in queue]
        return [*self._current.values(), *waiting]

    def _find(self, name: str) -> Job | None:
        return next((job for job in self._jobs() if job.run.name == name), None)

    def _own(self, name: str) -> Job:
        with self._lock:
            job = self._find(name)
        if job is None:
            raise LabError(f"Run {name} is not in training here; it has ended or runs elsewhere.")
        return job

    def _enqueue(self, device: str, job: Job) -> None:
        self._queues.setdefault(device, deque()).append(job)
        self._next(device)
        self._renumber()

    def _renumber(self) -> None:
        """Write their places into the waiting runs' folders."""
        for queue in self._queues.values():
            for place, job in enumerate(queue, 1):
                with suppress(LabError):
                    job.claim.update(message=f"Waiting: number {place} in the queue")

    def _next(self, device: str) -> None:
        """Take the next run of a free device out of its queue into a thread. Lock held."""
        queue = self._queues[device]
        if device in self._current or not queue:
            return
        job = queue.popleft()
        self._current[device] = job
        job.thread = threading.Thread(
            target=self._work, args=(device, job), name=f"training {job.run.name}", daemon=True
        )
        job.thread.start()

    def _work(self, device: str, job: Job) -> None:
        try:
            job.train(self._load)
        except BaseException:
            log.exception("run %s could not be closed properly", job.run.name)
        finally:
            with self._lock:
                del self._current[device]
                self._next(device)
                self._renumber()
