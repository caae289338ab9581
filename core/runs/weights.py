"""Weights files: safetensors that carry all that is needed to use them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.files import write_atomically

if TYPE_CHECKING:
    from torch import Tensor, nn

FORMAT = "1"


@dataclass(frozen=True)
class WeightsAbout:
    """What a weights file says of itself. `mean` and `std` are those it was trained with."""

    network: NetworkConfig
    class_names: tuple[str, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    data: str  # the title of the data set it was trained on
    epoch: int
    accuracy: float  # on the evaluated images, in percent
    evaluated: str = "test images"  # of that data set, or "held-out training images"


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A network with its weights, in eval mode on the CPU: the caller's own copy."""

    model: "nn.Module"
    about: WeightsAbout


def save(path: Path, weights: "Mapping[str, Tensor]", about: WeightsAbout) -> None:
    """Write a state dict and what it is, atomically. Raises LabError when that cannot be done."""
    from safetensors.torch import save_file

    metadata = {
        "format": FORMAT,
        "network": json.dumps({"name": about.network.name, "layers": list(about.network.layers)}),
        "class_names": json.dumps(about.class_names),
        "mean": json.dumps(about.mean),
        "std": json.dumps(about.std),
        "data": about.data,
        "epoch": str(about.epoch),
        "accuracy": repr(about.accuracy),
        "evaluated": about.evaluated,
    }
    tensors = {
        name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in weights.items()
    }
    write_atomically(path, lambda temporary: save_file(tensors, temporary, metadata=metadata))


def about(path: Path) -> WeightsAbout:
    """Only what a weights file says of itself; LabError when it is not one of ours."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return _about(path, file.metadata() or {})
    except FileNotFoundError:
        raise LabError(f"There is no weights file {path}; give one that exists.") from None
    except (SafetensorError, OSError) as error:
        raise LabError(f"{path} is no safetensors file that can be read ({error}).") from error


def load(path: Path) -> LoadedNetwork:
    """The network of a weights file, built anew; raises LabError when file and network differ."""
    import torch
    from safetensors.torch import load_file

    from core.networks.building import build

    said = about(path)
    # On the meta device nothing is drawn from torch's global generator, which is the loop's own.
    with torch.device("meta"):
        model = build(said.network, len(said.class_names))
    try:
        model.load_state_dict(load_file(path), assign=True)
    except RuntimeError as error:
        raise LabError(
            f"The weights in {path} do not fit the network {said.network.name!r} as it is now; "
            "train it again."
        ) from error
    return LoadedNetwork(model.eval(), said)


def _about(path: Path, metadata: Mapping[str, str]) -> WeightsAbout:
    if metadata.get("format") != FORMAT:
        found = metadata.get("format", "none")
        raise LabError(
            f"{path} has weights format {found}, this lab reads {FORMAT}; "
            "use a file that this version's training wrote."
        )
    try:
        network: dict[str, Any] = json.loads(metadata["network"])
        return WeightsAbout(
            network=NetworkConfig(network["name"], tuple(network["layers"])),
            class_names=tuple(json.loads(metadata["class_names"])),
            mean=tuple(json.loads(metadata["mean"])),
            std=tuple(json.loads(metadata["std"])),
            data=metadata["data"],
            epoch=int(metadata["epoch"]),
            accuracy=float(metadata["accuracy"]),
            evaluated=metadata.get("evaluated", "test images"),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise LabError(f"{path} lacks or garbles its description ({error}); use another.") from None
