"""From a name to a configuration, and from a configuration to a module."""

import os
from typing import TYPE_CHECKING

from core.config.run_config import NetworkConfig
from core.errors import BadSetting, LabError
from core.networks import saved
from core.networks.catalogue import NETWORKS
from core.networks.names import is_file
from core.registry import unknown

if TYPE_CHECKING:
    from torch import nn

STUDENT_CODE_VARIABLE = "CIFAR10_LAB_RUN_STUDENT_CODE"


def names() -> tuple[str, ...]:
    """What a menu can offer: the documents' networks, then the saved ones."""
    return (*NETWORKS.names(), *(name for name in saved.names() if name not in NETWORKS))


def resolve(name: str) -> NetworkConfig:
    """A registered name, a saved name or path/to/model.py:Class; LabError lists the choices."""
    if is_file(name):
        return NetworkConfig(name=name)
    if name in NETWORKS:
        return NetworkConfig(name=name)
    if name in saved.names():
        return saved.load(name)
    raise BadSetting(unknown("network", name, (*names(), "path/to/model.py:ClassName")))


def student_code_allowed() -> bool:
    """Whether this process may run files that students wrote.

    A server may where the instructor switched it on; `python -m core` always may, for there it is
    the user's own file.
    """
    return os.environ.get(STUDENT_CODE_VARIABLE, "") == "1"


def check_open(name: str) -> NetworkConfig:
    """As `resolve`, for pages: a file is refused unless the instructor switched files on."""
    if is_file(name) and not student_code_allowed():
        raise LabError(
            f"This lab does not run files from a browser ({name!r}); choose one of "
            f"{', '.join(names())}, or start the lab with {STUDENT_CODE_VARIABLE}=1."
        )
    return resolve(name)


def build(network: NetworkConfig, classes: int = 10) -> "nn.Module":
    """The module on the current default device, with torch's own initial weights.

    Takes images (N, 3, H, W), gives logits (N, classes). Raises LabError for an unknown name, for
    layers that do not fit and for a student's file that cannot be used. A file is run in this
    process, if that is switched on: core.analysis.sandbox.parent looks at one from a distance.
    """
    if isinstance(classes, bool) or not isinstance(classes, int) or classes < 2:
        raise LabError(f"A network for {classes!r} classes makes no sense; it needs at least 2.")
    if network.layers:
        from core.networks.table import build_layers

        return build_layers(network.layers, classes)
    if is_file(network.name):
        from core.networks.student import load_class

        check_open(network.name)
        return load_class(network.name, classes)
    if network.name in NETWORKS:
        return NETWORKS[network.name].build(classes)
    return build(resolve(network.name), classes)


def to_look_at(
    network: "NetworkConfig | nn.Module", name: str = "", classes: int = 10
) -> tuple["nn.Module", str]:
    """The module and what to call it; one that is built for this lies on the meta device.

    There it has shapes and no values, and nothing is drawn from torch's global generator.
    """
    import torch

    from core.networks.copying import copied, is_lazy_model, materialize

    if not isinstance(network, NetworkConfig):
        name = name or type(network).__name__
        return materialize(copied(network), name) if is_lazy_model(network) else network, name
    with torch.device("meta"):
        return build(network, classes), name or network.name
