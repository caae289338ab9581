"""Reading run folders. Nothing here writes but `delete`, and nothing needs torch to list runs."""

import json
import re
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import old_names
from core.config.run_config import RunConfig
from core.errors import LabError
from core.files import read_lines
from core.paths import inside
from core.runs import status as statuses
from core.runs.status import Status

if TYPE_CHECKING:
    import numpy as np

    from core.checkpoint import Checkpoint
    from core.predictions import Predictions


@dataclass(frozen=True)
class Run:
    """One run as its folder tells it at the moment of asking."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def config(self) -> RunConfig:
        """What was asked for; LabError where the file is damaged or from a newer version."""
        try:
            plain = json.loads((self.folder / "config.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise LabError(f"The settings of run {self.name} cannot be read ({error}).") from None
        return RunConfig.from_dict(plain)

    @property
    def status(self) -> Status:
        found = statuses.read(self.folder)
        return found or Status(state="interrupted", message="Its status file is damaged.")

    def environment(self) -> dict[str, Any]:
        try:
            plain = json.loads((self.folder / "environment.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return plain if isinstance(plain, dict) else {}

    def epochs(self) -> list[dict[str, Any]]:
        """One row an epoch, in order; an epoch that was done again after a kill counts once."""
        rows, _ = read_lines(self.folder / "epochs.jsonl")
        return forward_only(rows, "epoch")

    def steps(self) -> list[dict[str, Any]]:
        """Rows of a few steps each, in order; those that were done again count once."""
        rows, _ = read_lines(self.folder / "steps.jsonl")
        return forward_only(rows, "step")

    def last_step(self) -> dict[str, Any]:
        """The newest row of steps, read from the file's end; {} before the first."""
        path = self.folder / "steps.jsonl"
        try:
            rows, _ = read_lines(path, max(path.stat().st_size - 1000, 0))
        except OSError:
            return {}
        return rows[-1] if rows else {}

    def progress(self) -> float:
        """Share of all its steps that are done, 0 to 1."""
        steps = self.status.steps_per_epoch * self.config.training.epochs
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
        """(epoch, predicted classes uint8 (N,), confidence float32 (N,)) for each epoch kept."""
        import numpy as np
        from safetensors.numpy import load_file

        history = []
        for path in sorted((self.folder / "predictions").glob("epoch-*.safetensors")):
            arrays = load_file(path)
            confidence = arrays["confidence"].astype(np.float32)
            history.append((int(path.stem.split("-")[1]), arrays["predicted"], confidence))
        return history

    def checkpoint(self) -> "Checkpoint":
        """Where it can be resumed; LabError where no epoch was finished."""
        import torch

        from core.checkpoint import Checkpoint

        path = self._existing("checkpoint.pt", "checkpoint")
        try:
            state = torch.load(path, weights_only=True, map_location="cpu")
            return Checkpoint(**old_names.renamed(state, old_names.CHECKPOINT))
        except Exception as error:
            raise LabError(
                f"The checkpoint of run {self.name} cannot be read; start a new run instead."
            ) from error

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
    return [Run(entry) for entry in entries if (entry / "config.json").is_file()]


def open_run(folder: Path, name: str) -> Run:
    """The run called `name` in `folder`; LabError where there is none."""
    if not re.fullmatch(r"[\w.-]{1,120}", name) or name.startswith("."):
        raise LabError(f"{name!r} is no run's name; choose one from the list of runs.")
    run = Run(inside(folder / name, folder))
    if not (run.folder / "config.json").is_file():
        known = [entry.name for entry in list_runs(folder)[:5]]
        choices = f"the newest are {', '.join(known)}" if known else "there are none yet"
        raise LabError(f"There is no run {name!r} in {folder}; {choices}.")
    return run


def delete(run: Run) -> None:
    """Remove a run and all it wrote; LabError while it is alive."""
    if run.status.alive:
        raise LabError(f"Run {run.name} is {run.status.state}; stop it before deleting it.")
    shutil.rmtree(run.folder)


def forward_only(rows: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Rows whose `key` grows: where a resumed run did work again, the later rows take over."""
    kept: list[dict[str, Any]] = []
    for row in rows:
        if key not in row:
            continue
        while kept and kept[-1][key] >= row[key]:
            kept.pop()
        kept.append(row)
    return kept
