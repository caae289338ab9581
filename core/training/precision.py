"""In how many bits the network multiplies while it trains; its weights and its loss keep 32."""

from contextlib import AbstractContextManager

import torch

from core.config.choices import PRECISIONS
from core.device import cpu_multiplies_bfloat16

_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def choose(name: str, device: torch.device) -> str:
    """The precision called `name`; for `auto` the one that this device multiplies fast."""
    PRECISIONS[name]
    if name != "auto":
        return name
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return "bfloat16"
        # before Volta a card multiplies float16 slower than float32
        return "float16" if torch.cuda.get_device_capability(device)[0] >= 7 else "float32"
    if device.type == "cpu" and cpu_multiplies_bfloat16():
        return "bfloat16"
    return "float32"


class Precision:
    """A precision on a device: the context of the forward pass, and the scaling of the loss.

    Gradients of float16 fall below its smallest number; so the loss is multiplied before the
    backward pass and the gradients are divided after it, and a step whose gradients overflowed is
    left out. bfloat16 has the range of float32 and needs none of it.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        self.name = choose(name, device)
        self._device = device.type
        self.scaler: torch.amp.GradScaler | None = None
        if self.name == "float16":
            self.scaler = torch.amp.GradScaler(device.type)

    def forward(self) -> AbstractContextManager[object]:
        """The context in which the network's forward pass runs."""
        return torch.autocast(
            self._device, _TYPES.get(self.name, torch.bfloat16), enabled=self.name in _TYPES
        )
