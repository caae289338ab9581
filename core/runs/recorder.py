"""From a run's events to its folder on disk.

config.json                 the RunConfig
environment.json            versions, device, data
status.json                 state, process, heartbeat (core/runs/status.py)
steps.jsonl, epochs.jsonl   append-only metrics
best.safetensors, last.safetensors          weights (core/runs/weights.py)
ema.safetensors             averaged weights after the last epoch, where they are kept
checkpoint.pt               what resuming needs
predictions-best/-last.safetensors          probabilities for every test image
predictions/epoch-0001.safetensors          class and confidence for every test image
(no predictions where training images were held out: they would be of those)
"""

import os
import platform
import secrets
import sys
import threading
import time
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path

import torch
from safetensors.torch import save_file

from core.config.run_config import RunConfig
from core.errors import LabError
from core.events import (
    Ended,
    EpochEnded,
    Evaluating,
    Event,
    Preparing,
    Started,
    Stepped,
)
from core.files import (
    append_line,
    cannot_write,
    mend_lines,
    write_atomically,
    write_json,
)
from core.predictions import Predictions
from core.runs import status as statuses
from core.runs import weights
from core.runs.status import BEAT_SECONDS, Status

LIBRARIES = ("torch", "torchvision", "albumentations", "numpy", "streamlit", "safetensors")


def create(folder: Path, config: RunConfig) -> Path:
    """A new run's folder under `folder`, with its config; LabError when it cannot be written."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = "".join(c if c.isalnum() else "_" for c in Path(config.network.name).stem)[:40]
    path = folder / f"{stamp}-{name}-{secrets.token_hex(2)}"
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise LabError(cannot_write(path, error)) from error
    write_json(path / "config.json", config.to_dict())
    statuses.write(path, statuses.mine(created=time.time()))
    return path


class Recorder:
    """Writes what the loop tells into one run's folder, and beats while the run is alive.

    Call it with each event; `close` it with how the run ended. Every write that fails raises
    LabError, which ends the run: a run whose record is lost is not worth going on with.
    """

    def __init__(self, folder: Path, config: RunConfig) -> None:
        self.folder = folder
        self.config = config
        old = statuses.read(folder)
        self._status = statuses.mine(created=old.created if old else time.time())
        self._lock = threading.Lock()
        self._started: Started | None = None
        self._told = 0.0
        for name in ("steps.jsonl", "epochs.jsonl"):
            mend_lines(folder / name)
        statuses.write(folder, self._status)
        self._closed = threading.Event()
        self._beat = threading.Thread(target=self._beats, name=f"beat {folder.name}", daemon=True)
        self._beat.start()

    @property
    def status(self) -> Status:
        return self._status

    def tell(self, **changes: object) -> None:
        """Change the status, on disk too."""
        with self._lock:
            self._status = replace(self._status, heartbeat=time.time(), **changes)  # type: ignore[arg-type]
            statuses.write(self.folder, self._status)

    def __call__(self, event: Event) -> None:
        match event:
            case Stepped():
                append_line(self.folder / "steps.jsonl", {**asdict(event), "time": time.time()})
            case EpochEnded():
                self._epoch(event)
            case Preparing():
                self._briefly("preparing", event.message, event.fraction)
            case Evaluating():
                self._briefly("running", f"Testing after epoch {event.epoch}", event.fraction)
            case Started():
                self._start(event)
            case Ended():
                self.close(
                    "finished" if event.finished else "stopped",
                    event.message if event.finished else "Stopped on request.",
                )

    def close(self, state: str, message: str) -> None:
        """The run is over. The last status is kept in memory even where the disk refuses it."""
        self._closed.set()
        self._beat.join(timeout=5)
        try:
            self.tell(state=state, message=message, ended=time.time(), fraction=0.0)
        except LabError:
            self._status = replace(self._status, state=state, message=message)

    def _beats(self) -> None:
        while not self._closed.wait(BEAT_SECONDS):
            try:
                self.tell()
            except LabError:
                continue  # the disk may have room again at the next beat; the loop tells if not

    def _briefly(self, state: str, message: str, fraction: float) -> None:
        """Progress comes often; twice a second is enough for those who look."""
        if state == "running" and self._status.state != "running":
            return  # paused or stopping: that is the news
        if time.monotonic() - self._told > 0.5 or fraction >= 1 or message != self._status.message:
            self._told = time.monotonic()
            done = state == "running" and fraction >= 1
            self.tell(
                state=state, message="" if done else message, fraction=0.0 if done else fraction
            )

    def _start(self, event: Started) -> None:
        self._started = event
        environment = {
            "python": sys.version.split()[0],
            "platform": platform.platform(),
            "processors": os.cpu_count(),
            "device": event.device_title,
            "data": event.data_title,
            "libraries": {name: _version(name) for name in LIBRARIES},
        }
        write_json(self.folder / "environment.json", environment)
        self.tell(
            state="running",
            message="",
            fraction=0.0,
            started=time.time(),
            device=event.device,
            device_title=event.device_title,
            engine=event.engine,
            note=event.note,
            data_title=event.data_title,
            train_images=event.train_images,
            test_images=event.test_images,
            parameters=event.parameters,
            steps_per_epoch=event.steps_per_epoch,
            precision=event.precision,
            compiled=event.compiled,
            replicas=event.replicas,
            evaluated=event.evaluated,
        )

    def _epoch(self, event: EpochEnded) -> None:
        """The row first, so that nothing of a finished epoch is lost; then what resuming needs."""
        assert self._started is not None, "the loop tells Started before the first epoch"
        metrics, started = event.metrics, self._started
        append_line(self.folder / "epochs.jsonl", {**metrics.row(), "time": time.time()})
        which = ("best", "last") if event.best else ("last",)
        if not self.config.training.hold_out:
            self._predictions(event, started, which)
        about = weights.WeightsAbout(
            network=self.config.network,
            class_names=started.class_names,
            mean=started.mean,
            std=started.std,
            data=started.data_title,
            epoch=metrics.epoch,
            accuracy=metrics.test_accuracy,
            evaluated=started.evaluated,
        )
        for name in which:
            weights.save(self.folder / f"{name}.safetensors", event.weights, about)
        if event.ema_weights is not None and metrics.ema_accuracy is not None:
            averaged = replace(about, accuracy=metrics.ema_accuracy)
            weights.save(self.folder / "ema.safetensors", event.ema_weights, averaged)
        state = {
            "epoch": metrics.epoch,
            "best_accuracy": metrics.test_accuracy if event.best else self._best(),
            "weights": dict(event.weights),
            "optimizer": dict(event.optimizer),
            "ema_weights": event.ema_weights and dict(event.ema_weights),
            "scaler": event.scaler and dict(event.scaler),
            "losses": event.losses,
        }
        write_atomically(
            self.folder / "checkpoint.pt", lambda temporary: torch.save(state, temporary)
        )

    def _predictions(self, event: EpochEnded, started: Started, which: tuple[str, ...]) -> None:
        predictions = Predictions(
            probabilities=event.probabilities,
            labels=event.labels,
            class_names=started.class_names,
            data=self.config.data,
            epoch=event.metrics.epoch,
        )
        confidence, predicted = event.probabilities.max(1)
        history = self.folder / "predictions"
        history.mkdir(exist_ok=True)
        compact = {"predicted": predicted.to(torch.uint8), "confidence": confidence.half()}
        write_atomically(
            history / f"epoch-{event.metrics.epoch:04d}.safetensors",
            lambda temporary: save_file(compact, temporary),
        )
        for name in which:
            predictions.save(self.folder / f"predictions-{name}.safetensors")

    def _best(self) -> float:
        return weights.about(self.folder / "best.safetensors").accuracy


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"
