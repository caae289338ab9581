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

import threading
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from core.checkpoint import Checkpoint
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
from core.files import NotWritten, append_line, write_json, write_together
from core.predictions import Predictions
from core.runs import checkpoints, history, weights
from core.runs.claim import Claim
from core.runs.environment import environment
from core.runs.resume import continues
from core.runs.status import HEARTBEAT_SECONDS, State, Status


class Recorder:
    """Writes a run's events into its folder, and a heartbeat while the run is alive.

    Call it with each event; `close` it with how the run ended. Every write that fails raises
    LabError, which ends the run: a run whose record is lost is not worth going on with.
    """

    def __init__(self, claim: Claim, config: RunConfig) -> None:
        self.folder = claim.folder
        self.config = config
        self._claim = claim
        self._finished_epochs = 0
        self._updated = 0.0
        self._closed = threading.Event()
        self._heart = threading.Thread(
            target=self._beat, name=f"heartbeat {self.folder.name}", daemon=True
        )
        self._heart.start()

    @property
    def status(self) -> Status:
        return self._claim.status

    def update(self, **changes: object) -> None:
        """Change the status, on disk too."""
        self._claim.update(**changes)

    def __call__(self, event: Event) -> None:
        try:
            self._record(event)
        except NotWritten as error:
            raise LabError(f"{error} {continues(self._finished_epochs)}") from error

    def _record(self, event: Event) -> None:
        match event:
            case Stepped():
                row = {**asdict(event), "time": time.time()}
                with self._claim.writing():
                    append_line(self.folder / "steps.jsonl", row)
            case EpochEnded():
                self._epoch(event)
            case Preparing():
                self._progress("preparing", event.message, event.fraction)
            case Evaluating():
                self._progress("running", f"Testing after epoch {event.epoch}", event.fraction)
            case Started():
                self._finished_epochs = event.first_epoch - 1
                with self._claim.writing():
                    write_json(self.folder / "environment.json", asdict(environment(event)))
                self.update(
                    state="running", message="", fraction=0.0, first_step=time.time(), started=event
                )
            case Ended():
                self.close(
                    "finished" if event.finished else "stopped",
                    event.message if event.finished else "Stopped on request.",
                )

    def close(self, state: State, message: str) -> None:
        """The run is over. The last status stays in memory even where the disk refuses it."""
        self._closed.set()
        self._heart.join(timeout=5)
        self._claim.end(state, message)

    def _beat(self) -> None:
        while not self._closed.wait(HEARTBEAT_SECONDS):
            with suppress(LabError):  # the disk may have room again at the next; the loop says so
                self.update()

    def _progress(self, state: State, message: str, fraction: float) -> None:
        """Progress comes often; twice a second is enough for those who look."""
        if state == "running" and self.status.state != "running":
            return  # paused or stopping: that is the news
        recent = time.monotonic() - self._updated <= 0.5
        if recent and fraction < 1 and message == self.status.message:
            return
        self._updated = time.monotonic()
        if state == "running" and fraction >= 1:
            message, fraction = "", 0.0
        self.update(state=state, message=message, fraction=fraction)

    def _epoch(self, event: EpochEnded) -> None:
        """All files of the epoch take their places together, what resuming needs last.

        The row comes after them, so that no row stands without its checkpoint; where it cannot be
        written, the checkpoint has it.
        """
        metrics = event.metrics
        row = {**metrics.row(), "time": time.time()}
        which = ("best", "last") if event.best else ("last",)
        files = {} if self.config.training.hold_out else self._predictions(event, which)
        about = self._about(event)
        written = weights.to_bytes(event.weights, about)
        files |= {self.folder / f"{name}.safetensors": written for name in which}
        if event.ema_weights is not None and metrics.ema_accuracy is not None:
            about = replace(about, accuracy=metrics.ema_accuracy)
            files[self.folder / "ema.safetensors"] = weights.to_bytes(event.ema_weights, about)
        files[self.folder / "checkpoint.pt"] = checkpoints.to_bytes(
            Checkpoint(
                epoch=metrics.epoch,
                best_accuracy=metrics.test_accuracy if event.best else self._best(),
                weights=dict(event.weights),
                optimizer=dict(event.optimizer),
                ema_weights=event.ema_weights and dict(event.ema_weights),
                scaler=event.scaler and dict(event.scaler),
                losses=event.losses,
                row=row,
            )
        )
        with self._claim.writing():
            write_together(files)
            self._finished_epochs = metrics.epoch
            append_line(self.folder / "epochs.jsonl", row)

    def _about(self, event: EpochEnded) -> weights.WeightsAbout:
        started = self.status.started
        return weights.WeightsAbout(
            network=self.config.network,
            class_names=started.class_names,
            mean=started.mean,
            std=started.std,
            data=started.data_title,
            epoch=event.metrics.epoch,
            accuracy=event.metrics.test_accuracy,
            evaluated=started.evaluated,
        )

    def _predictions(self, event: EpochEnded, which: tuple[str, ...]) -> dict[Path, bytes]:
        """The files of what was predicted after this epoch, and their content."""
        names = self.status.started.class_names
        predictions = Predictions(
            probabilities=event.probabilities,
            labels=event.labels,
            class_names=names,
            data=self.config.data,
            epoch=event.metrics.epoch,
        )
        answers = history.to_bytes(
            predictions.predicted.numpy(), predictions.confidence.numpy(), len(names)
        )
        content = predictions.to_bytes()
        return {
            history.path(self.folder / "predictions", event.metrics.epoch): answers,
            **{self.folder / f"predictions-{name}.safetensors": content for name in which},
        }

    def _best(self) -> float:
        return weights.about(self.folder / "best.safetensors").accuracy
