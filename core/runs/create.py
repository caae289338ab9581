"""Making a new run's folder."""

import secrets
import time
from pathlib import Path

from core.config.run_config import RunConfig
from core.files import NotWritten, cannot_write, write_json
from core.runs import status as statuses


def create_run(folder: Path, config: RunConfig) -> Path:
    """A new run's folder under `folder`, with its config; LabError when it cannot be written."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    name = "".join(c if c.isalnum() else "_" for c in Path(config.network.name).stem)[:40]
    path = folder / f"{stamp}-{name}-{secrets.token_hex(2)}"
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise NotWritten(cannot_write(path, error)) from error
    write_json(path / "config.json", config.to_dict())
    statuses.write(path, statuses.claimed(created=time.time()))
    return path
