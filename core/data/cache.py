"""Decoded images on disk, so that 60,000 files are opened once and not at every start.

A cache is one safetensors file whose header says which state of the data it was made from. It is
written beside its final name and renamed when whole, so a killed process leaves nothing that
could be taken for a cache.
"""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from core import paths

_PART = ".part"
_STALE_SECONDS = 3600  # an unfinished file this old belongs to nobody who still writes


def path(name: str) -> Path:
    """Where the cache called `name` lies."""
    return paths.data_folder() / "cache" / f"{name}.safetensors"


def read(place: Path, fingerprint: str) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Tensors and facts stored for this `fingerprint`, or None: absent, outdated or damaged."""
    try:
        with safe_open(place, framework="pt") as stored:
            header = stored.metadata() or {}
            if header.get("fingerprint") != fingerprint:
                return None
            # clone: the file may be replaced or cut short while the tensors are in use
            tensors = {name: stored.get_tensor(name).clone() for name in stored.keys()}  # noqa: SIM118
        facts = json.loads(header["facts"])
    except (OSError, SafetensorError, ValueError, KeyError):
        return None
    return tensors, facts


def write(
    place: Path, fingerprint: str, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]
) -> None:
    """Stores them so that `read` with the same `fingerprint` returns them.

    Raises:
        OSError: the disk is full or read-only; what was written so far is removed.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(place.parent)
    part = place.with_name(f"{place.name}.{os.getpid()}{_PART}")
    try:
        header = {"fingerprint": fingerprint, "facts": json.dumps(dict(facts))}
        try:
            save_file(dict(tensors), part, metadata=header)
        except SafetensorError as error:  # how safetensors reports a full disk
            raise OSError(str(error)) from error
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _remove_stale(folder: Path) -> None:
    for left in folder.glob(f"*{_PART}"):
        try:
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink(missing_ok=True)
        except OSError:
            continue  # another process was quicker
