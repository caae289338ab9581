"""Weights files: safetensors that carry all that is needed to use them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.files import write_atomically
from core.progress import Progress, silent
from core.runs import schema

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from core.data.image_set import ImageSet
    from core.predictions import Predictions

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

    def check_knows(self, images: "ImageSet") -> None:
        """Raises LabError where `images` are of other classes."""
        if self.class_names != images.class_names:
            raise LabError(
                f"{self.network.name} knows the classes {', '.join(self.class_names)}, and "
                f"{images.title} has {', '.join(images.class_names)}; choose images of its own "
                "classes."
            )


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A network with its weights, in eval mode on the CPU: the caller's own copy."""

    model: "nn.Module"
    about: WeightsAbout

    def predictions(
        self, images: "ImageSet", device: "torch.device", progress: Progress = silent
    ) -> "Predictions":
        """Predictions for the test images of `images`; the model is on `device` afterwards.

        Raises LabError where the network knows other classes than the images have.
        """
        from core.predictions import Predictions, predict

        about = self.about
        about.check_knows(images)
        probabilities = predict(
            self.model.to(device),
            images.test_images,
            about.mean,
            about.std,
            device,
            progress=progress,
        )
        return Predictions(
            probabilities, images.test_labels, images.class_names, images.source, about.epoch
        )


def save(path: Path, weights: "Mapping[str, Tensor]", about: WeightsAbout) -> None:
    """Write a state dict and what it is, atomically. Raises LabError when that cannot be done."""
    write_atomically(path, to_bytes(weights, about))


def to_bytes(weights: "Mapping[str, Tensor]", about: WeightsAbout) -> bytes:
    """The content of the file that `load` reads."""
    from safetensors.torch import save as serialized

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
    return serialized(tensors, metadata)


def about(path: Path) -> WeightsAbout:
    """Only what a weights file says of itself; LabError when it is not one of ours."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
    except FileNotFoundError:
        raise LabError(f"There is no weights file {path}; give one that exists.") from None
    except (SafetensorError, OSError) as error:
        raise LabError(f"{path} is no safetensors file that can be read ({error}).") from error
    return _about(path, metadata)


def load(path: Path) -> LoadedNetwork:
    """The network of a weights file, built anew; raises LabError when file and network differ."""
    import torch
    from safetensors.torch import load_file

    from core.networks.building import build

    described = about(path)
    # On the meta device nothing is drawn from torch's global generator, which is the loop's own.
    with torch.device("meta"):
        model = build(described.network, len(described.class_names))
    try:
        model.load_state_dict(_checked(load_file(path), model), assign=True)
    except (RuntimeError, ValueError) as error:
        raise LabError(
            f"The weights in {path} do not fit the network {described.network.name!r} as it is "
            "now; train it again."
        ) from error
    return LoadedNetwork(model.eval(), described)


def _checked(weights: "Mapping[str, Tensor]", model: "nn.Module") -> "dict[str, Tensor]":
    """The tensors in the network's own types; ValueError for what is no number or not finite."""
    wanted = model.state_dict()
    for name, tensor in weights.items():
        if tensor.is_complex() or not tensor.isfinite().all():
            raise ValueError(f"{name} is {tensor.dtype}, or not finite")
    return {name: tensor.to(wanted.get(name, tensor).dtype) for name, tensor in weights.items()}


def _about(path: Path, metadata: Mapping[str, str]) -> WeightsAbout:
    if metadata.get("format") != FORMAT:
        found = metadata.get("format", "none")
        raise LabError(
            f"{path} has weights format {found[:20]}, this lab reads {FORMAT}; "
            "use a file that this version's training wrote."
        )
    try:
        plain: dict[str, Any] = {
            name: json.loads(metadata[name]) for name in ("network", "class_names", "mean", "std")
        }
        if not re.fullmatch(r"[0-9]{1,6}", metadata["epoch"]):
            raise ValueError("the epoch is no number")
        plain["epoch"], plain["accuracy"] = int(metadata["epoch"]), float(metadata["accuracy"])
        plain |= {name: metadata[name] for name in ("data", "evaluated") if name in metadata}
        found_about = schema.made(WeightsAbout, plain)
        if not found_about.class_names or min(found_about.std) <= 0:
            raise ValueError("there are no classes, or a standard deviation is not over 0")
        return found_about
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise LabError(
            f"{path} lacks or garbles its description ({reason}); use another."
        ) from None
