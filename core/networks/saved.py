"""Networks saved from the editor: one JSON file each in the lab's networks folder. No torch."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import paths
from core.config.run_config import NetworkConfig
from core.errors import LabError, quoted
from core.files import NotWritten, cannot_write, read_json, write_json
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
            f"A network cannot be called {quoted(name)}; use 1 to 40 small letters, digits and "
            "underscores, with a letter first."
        )
    if name in NETWORKS:
        raise LabError(f"{name} is one of the documents' networks; save yours under another name.")
    return name


def load(name: str) -> NetworkConfig:
    """A saved network with its layers; LabError when there is none or its file is damaged."""
    path = _path(name)
    if name not in names():
        raise LabError(f"There is no saved network {quoted(name)}; save it in the editor.")
    try:
        plain = read_json(path)
        if not isinstance(plain, Mapping) or not isinstance(plain.get("layers"), list):
            raise LabError(f"{path.name} holds no layers")
        return NetworkConfig(name=name, layers=tuple(plain["layers"]))
    except LabError as error:
        raise LabError(
            f"The saved network {name!r} cannot be read ({str(error).rstrip('.')}); delete "
            f"{path.name} from the networks folder and save it again."
        ) from error


def save(name: str, layers: Layers, *, replace: bool = False) -> NetworkConfig:
    """Write a network's layers under `name`; LabError for a bad name or one that is taken."""
    path = _path(check_name(name))
    if name in names() and not replace:
        raise LabError(f"There is a saved network {name!r}; choose another name or replace it.")
    network = NetworkConfig(name=name, layers=tuple(dict(entry) for entry in layers))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"name": name, "layers": list(network.layers)})
    except (OSError, NotWritten) as error:
        reason = cannot_write(path, error) if isinstance(error, OSError) else str(error)
        raise LabError(f"The network {name!r} could not be saved. {reason}") from error
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
