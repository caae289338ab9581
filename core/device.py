"""From a device's name to a torch device that is really there."""

import platform

import torch

from core.config.choices import DEVICES
from core.errors import LabError


def available() -> tuple[str, ...]:
    """Names of the devices on this machine, best first; `cpu` is always the last."""
    found = ["cuda"] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def pick(name: str) -> torch.device:
    """The device called `name`, `auto` being the best one; LabError where it is not there."""
    DEVICES[name]
    found = available()
    if name == "auto":
        return torch.device(found[0])
    if name not in found:
        raise LabError(
            f"This machine has no device {name!r}; choose auto or one of {', '.join(found)}."
        )
    return torch.device(name)


def describe(device: torch.device) -> str:
    """A few words for people: the card's name, or how many threads the CPU lends."""
    if device.type == "cuda":
        return f"CUDA: {torch.cuda.get_device_name(device)}"
    if device.type == "mps":
        return f"Apple GPU ({platform.machine()})"
    return f"CPU, {torch.get_num_threads()} threads"
