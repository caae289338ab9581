"""Networks saved from the editor: one JSON file each in the lab's networks folder. No torch."""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from core import paths
from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.catalogue import NETWORKS

Layers = tuple[Mapping[str, Any], ...]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def names() -> tuple[str, ...]:
    """The names of the saved networks, sorted."""
    folder = paths.networks_folder()
    found = folder.glob("*.json") if folder.is_dir() else ()
    return tuple(sorted(entry.stem for entry in found if _NAME.fullmatch(entry.stem)))


def check_name(name: str) -> str:
    """`name` if a network may be saved under it; LabError otherwise."""
    if not _NAME.fullmatch(name):
        raise LabError(
            f"A network cannot be called {name!r}; use 1 to 40 small letters, digits and "
            "underscores, with a letter first."
        )
    if name in NETWORKS:
        raise LabError(f"{name} is one of the documents' networks; save yours under another name.")
    return name


def load(name: str) -> NetworkConfig:
    """A saved network with its layers; LabError when there is none or its file is damaged."""
    path = _path(name)
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        layers = plain["layers"]
        if not isinstance(layers, list) or not all(isinstance(entry, Mapping) for entry in layers):
            raise TypeError("layers")
    except FileNotFoundError:
        raise LabError(f"There is no saved network {name!r}; save it in the editor.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabError(
            f"The saved network {name!r} cannot be read ({error}); delete {path.name} from the "
            "networks folder and save it again."
        ) from error
    return NetworkConfig(name=name, layers=tuple(dict(entry) for entry in layers))


def save(name: str, layers: Layers, *, replace: bool = False) -> NetworkConfig:
    """Write a network's layers under `name`; LabError for a bad name or one that is taken."""
    path = _path(check_name(name))
    if path.exists() and not replace:
        raise LabError(f"There is a saved network {name!r}; choose another name or replace it.")
    network = NetworkConfig(name=name, layers=tuple(dict(entry) for entry in layers))
    text = json.dumps({"name": name, "layers": [dict(entry) for entry in layers]}, indent=1)
    draft = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise LabError(
            f"The network {name!r} could not be saved to {path.parent} ({error.strerror}); "
            "free some space or make the folder writable."
        ) from error
    return network


def delete(name: str) -> None:
    """Remove a saved network; runs that used it keep its layers in their own settings."""
    try:
        _path(check_name(name)).unlink()
    except FileNotFoundError:
        raise LabError(f"There is no saved network {name!r}; it is deleted already.") from None
    except OSError as error:
        raise LabError(f"The network {name!r} could not be deleted ({error.strerror}).") from error


def _path(name: str) -> Path:
    return paths.networks_folder() / f"{name}.json"
