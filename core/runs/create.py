"""Making a new run's folder."""

import re
import secrets
import shutil
import time
from pathlib import Path

from core.config.run_config import RunConfig
from core.files import NotWritten, cannot_write, write_json
from core.runs import status as statuses
from core.runs.store import list_runs


def create_run(folder: Path, config: RunConfig) -> Path:
    """A new run's folder under `folder`, with its config; LabError when it cannot be written."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = "".join(c if c.isalnum() else "_" for c in Path(config.network.name).stem)[:40]
    path = folder / f"{stamp}-{name}-{secrets.token_hex(2)}"
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise NotWritten(cannot_write(path, error)) from error
    title = _title(folder, name)  # before it is itself a run
    try:
        write_json(path / "config.json", config.to_dict())
        statuses.write(path, statuses.claimed(time.time(), title))
    except NotWritten:
        shutil.rmtree(path, ignore_errors=True)
        raise
    return path


def _title(folder: Path, name: str) -> str:
    """`name #2` where there was one already; a number is not given again while a later one is."""
    numbers = [
        int(found[1])
        for run in list_runs(folder)
        if (found := re.fullmatch(rf"{re.escape(name)} #([0-9]{{1,9}})", run.title))
    ]
    return f"{name} #{max(numbers, default=0) + 1}"
