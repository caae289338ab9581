"""`inspect`: what there is to know of a network without training it. Cheap to import: no torch."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from core.analysis.summary.inspection import Inspection
from core.config.run_config import NetworkConfig
from core.networks.names import is_file, split

if TYPE_CHECKING:
    from torch import nn


def inspect(
    network: "NetworkConfig | nn.Module",
    name: str = "",
    classes: int = 10,
    image_size: int | tuple[int, int] = 32,
    *,
    suggest: bool = True,
) -> Inspection:
    """Run one forward pass without numbers, and read off layers, receptive field and cost.

    A module is left as it was found. What goes wrong in the forward pass is no exception but
    `failure`, with the table up to there. `suggest` also looks for the smallest changes that would
    pass the rules that fail. Raises LabError for a network that cannot even be made.
    """

    from core.analysis.rules.smallest_change.search import suggestions
    from core.analysis.summary.build import read
    from core.networks.building import to_look_at

    size = (image_size, image_size) if isinstance(image_size, int) else image_size
    model, name = to_look_at(network, name, classes)
    inspection = read(model, name, classes, size, _explained(network), _rebuilt(network, classes))
    if suggest and inspection.failure is None:
        inspection = replace(inspection, changes=suggestions(inspection, model))
    return inspection


def of_config(network: NetworkConfig, classes: int = 10) -> Inspection:
    """The inspection of a registered or saved network; the last 64 are kept."""
    layers = json.dumps([dict(layer) for layer in network.layers], sort_keys=True)
    return _of_config(network.name, layers, classes)


def of_rows(rows: Sequence[Mapping[str, Any]], name: str = "edited") -> Inspection:
    """The inspection of a table of layers; RowError for a row that does not work."""
    return of_config(NetworkConfig(name, tuple(dict(row) for row in rows)))


@lru_cache(maxsize=64)
def _of_config(name: str, layers: str, classes: int) -> Inspection:
    return inspect(NetworkConfig(name, tuple(json.loads(layers))), classes=classes)


def _rebuilt(
    network: "NetworkConfig | nn.Module", classes: int
) -> "Callable[[], nn.Module] | None":
    from core.networks.building import build

    return (lambda: build(network, classes)) if isinstance(network, NetworkConfig) else None


def _explained(network: "NetworkConfig | nn.Module") -> Callable[[BaseException], str] | None:
    """For a student's file: errors with the file's own line."""
    if not isinstance(network, NetworkConfig) or not is_file(network.name):
        return None
    from core.networks.student import where

    path, _ = split(network.name)
    return lambda error: where(error, path).removeprefix(":").strip()
