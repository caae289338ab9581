"""Reading run folders. Nothing here writes but `delete`, and nothing needs torch to list runs."""

import re
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config.run_config import RunConfig
from core.errors import BadSetting, LabError, quoted
from core.files import cannot_write, read_json, read_lines
from core.paths import absolute, inside
from core.runs import schema
from core.runs import status as statuses
from core.runs.environment import Environment
from core.runs.rows import Kind, Rows
from core.runs.status import Status

if TYPE_CHECKING:
    import numpy as np

    from core.checkpoint import Checkpoint
    from core.predictions import Predictions


@dataclass(frozen=True)
class Run:
    """One run, as recorded in its folder at the moment of asking."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def config(self) -> RunConfig:
        """What was asked for; LabError where the file is damaged or from a newer version."""
        try:
            return RunConfig.from_dict(read_json(self.folder / "config.json"))
        except LabError as error:
            raise LabError(f"The settings of run {self.name} cannot be read: {error}") from None

    @property
    def status(self) -> Status:
        found = statuses.read(self.folder)
        return found or Status(state="interrupted", message="Its status file is damaged.")

    def environment(self) -> Environment:
        """Versions, device and data that it ran with; nothing is known if the file is damaged."""
        try:
            return schema.made(Environment, read_json(self.folder / "environment.json"))
        except ValueError:
            return Environment()

    def epochs(self) -> list[dict[str, Any]]:
        """One row an epoch, in order; an epoch that was done again after a kill counts once."""
        return self._rows("epochs").whole

    def steps(self) -> list[dict[str, Any]]:
        """Rows of a few steps each, in order; those that were done again count once."""
        return self._rows("steps").whole

    def last_step(self) -> dict[str, Any]:
        """The newest row of steps, read from the file's end; {} before the first."""
        path = self.folder / "steps.jsonl"
        rows = Rows("steps")
        try:
            rows.add(read_lines(path, max(path.stat().st_size - 2000, 0))[0])
        except OSError:
            return {}
        return rows.whole[-1] if rows.whole else {}

    def damage(self) -> str:
        """A sentence on the lines of its curves that are damaged and left out; or ""."""
        return " ".join(filter(None, (self._rows("epochs").note, self._rows("steps").note)))

    def _rows(self, kind: Kind) -> Rows:
        rows = Rows(kind)
        rows.add(read_lines(self.folder / f"{kind}.jsonl")[0])
        return rows

    def progress(self) -> float:
        """Fraction of all its steps that are done, 0 to 1; 0 where its settings are damaged."""
        try:
            steps = self.status.started.steps_per_epoch * self.config.training.epochs
        except LabError:
            return 0.0
        return min(self.last_step().get("step", 0) / steps, 1.0) if steps else 0.0

    def weights_path(self, which: str = "best") -> Path:
        """`best`, `last` or `ema`, the averaged ones; LabError where there are none."""
        return self._existing(f"{which}.safetensors", "weights")

    def predictions(self, which: str = "last") -> "Predictions | None":
        """Probabilities of every test image after that epoch; None before the first."""
        from core.predictions import Predictions

        path = self.folder / f"predictions-{which}.safetensors"
        return Predictions.load(path) if path.exists() else None

    def prediction_history(self) -> "list[tuple[int, np.ndarray, np.ndarray]]":
        """(epoch, predicted classes (N,), confidence float32 (N,)) for each epoch that was kept.

        Classes are uint8 where there are at most 256. LabError where a file of it is damaged.
        """
        from core.runs import history, weights

        last = self.folder / "last.safetensors"
        classes = len(weights.about(last).class_names) if last.exists() else None
        return history.read(self.folder / "predictions", classes)

    @property
    def has_checkpoint(self) -> bool:
        """Whether an epoch was finished that it can be resumed after."""
        return (self.folder / "checkpoint.pt").exists()

    @property
    def title(self) -> str:
        """Its name on screens, which no other run has: `sprint #2`. Never raises."""
        status = statuses.read_as_written(self.folder)
        if status is not None and status.title:
            return status.title
        name, _, end = self.name.partition("-")[2].partition("-")[2].rpartition("-")
        return f"{name} {end}" if name else self.name  # of earlier versions

    def checkpoint(self) -> "Checkpoint":
        """Where it can be resumed; LabError where no epoch was finished."""
        from core.runs import checkpoints

        return checkpoints.read(self._existing("checkpoint.pt", "checkpoint"), self.name)

    def _existing(self, name: str, what: str) -> Path:
        path = self.folder / name
        if not path.exists():
            raise LabError(
                f"Run {self.name} has no {what} yet: none of its epochs was finished; "
                "wait for the first, or choose another run."
            )
        return path


def list_runs(folder: Path) -> list[Run]:
    """The runs in `folder`, newest first; what is no run is passed over."""
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name, reverse=True)
    except OSError:
        return []
    return [Run(entry) for entry in entries if _is_run(entry)]


def open_run(folder: Path, name: str) -> Run:
    """The run called `name` in `folder`; LabError where there is none."""
    if not re.fullmatch(r"[\w.-]{1,120}", name) or name.startswith("."):
        raise BadSetting(f"{quoted(name)} is no run's name; choose one from the list of runs.")
    run = Run(inside(folder / name, folder))
    if not _is_run(run.folder):
        known = [entry.name for entry in list_runs(folder)[:5]]
        choices = f"the newest are {', '.join(known)}" if known else "there are none yet"
        raise BadSetting(f"There is no run {name!r} in {folder}; {choices}.")
    return run


def find_run(given: str, runs: Path) -> Run:
    """The run that is meant on a command line: its folder, or its name in `runs`."""
    path = absolute(given)
    if path.is_dir():
        return open_run(path.parent, path.name)
    return open_run(runs, given)


def delete(run: Run) -> None:
    """Remove a run and all it wrote; LabError while it is alive, and where that is not allowed."""
    if run.status.alive:
        raise LabError(f"Run {run.name} is {run.status.state}; stop it before deleting it.")
    try:
        shutil.rmtree(run.folder)
    except OSError as error:
        raise LabError(cannot_write(run.folder, error)) from error


def _is_run(folder: Path) -> bool:
    try:
        return (folder / "config.json").is_file()
    except OSError:
        return False
