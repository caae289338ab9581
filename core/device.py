"""From a device's name to a torch device that is really there."""

import platform
from typing import TYPE_CHECKING

from core.errors import LabError
from core.registry import Choice, Registry

if TYPE_CHECKING:
    import torch

DEVICES: Registry[Choice] = Registry("device")
DEVICES.add("auto", Choice("Best there is", "A CUDA graphics card, else Apple's, else the CPU."))
DEVICES.add("cuda", Choice("CUDA", "An NVIDIA graphics card."))
DEVICES.add("mps", Choice("MPS", "An Apple graphics chip."))
DEVICES.add("cpu", Choice("CPU", "The processor: always there, slower."))


def available() -> tuple[str, ...]:
    """Names of the devices on this machine, best first; `cpu` is always the last."""
    import torch

    found = ["cuda"] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def pick(name: str) -> "torch.device":
    """The device called `name`, `auto` being the best one; LabError where it is not there."""
    import torch

    DEVICES[name]
    found = available()
    if name == "auto":
        return torch.device(found[0])
    if name not in found:
        raise LabError(
            f"This machine has no device {name!r}; choose auto or one of {', '.join(found)}."
        )
    return torch.device(name)


def describe(device: "torch.device") -> str:
    """A few words for people: the card's name, or how many threads the CPU lends."""
    import torch

    if device.type == "cuda":
        return f"CUDA: {torch.cuda.get_device_name(device)}"
    if device.type == "mps":
        return f"Apple GPU ({platform.machine()})"
    return f"CPU, {torch.get_num_threads()} threads"


def cpu_multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for it; emulated, it is slower than float32."""
    import torch

    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, bool)() for name in asked)
