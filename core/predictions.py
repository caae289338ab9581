"""What a network predicts for every test image, and the file that it is stored in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from core.errors import LabError, quoted
from core.files import write_atomically
from core.progress import Progress, silent

if TYPE_CHECKING:
    from torch import nn

    from core.data.image_set import ImageSet

FORMAT = "1"


@dataclass(frozen=True, eq=False)
class Predictions:
    """Class probabilities for every test image of one data set, in its order.

    `probabilities`: float32 (N, classes), each row adding to 1. `labels`: int64 (N,). `data` is the
    source that was tested on, `epoch` the training epoch after which, counted from 1.
    """

    probabilities: Tensor
    labels: Tensor
    class_names: tuple[str, ...]
    data: str
    epoch: int

    def __post_init__(self) -> None:
        shape, names = tuple(self.probabilities.shape), len(self.class_names)
        if shape != (len(self.labels), names):
            raise ValueError(
                f"probabilities {shape} do not fit {len(self.labels)} labels, {names} names"
            )

    @cached_property
    def predicted(self) -> Tensor:
        """The most probable class of each image, int64 (N,)."""
        return self.probabilities.argmax(1)

    @cached_property
    def confidence(self) -> Tensor:
        """The probability of the predicted class, float32 (N,)."""
        return self.probabilities.amax(1)

    @property
    def accuracy(self) -> float:
        """The share of images whose predicted class is the label, in percent."""
        return 100 * (self.predicted == self.labels).double().mean().item()

    def save(self, path: Path) -> None:
        """Writes a safetensors file, whole or not at all; raises LabError if that fails."""
        write_atomically(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """The content of the file that `load` reads."""
        tensors = {
            "probabilities": self.probabilities.detach().cpu().float().contiguous(),
            "labels": self.labels.detach().cpu().to(torch.int64).contiguous(),
        }
        about = {
            "format": FORMAT,
            "class_names": json.dumps(self.class_names),
            "data": self.data,
            "epoch": str(self.epoch),
        }
        return save(tensors, about)

    @classmethod
    def load(cls, path: Path) -> "Predictions":
        """Reads what `save` wrote; LabError if the file is damaged or from another version.

        Probabilities of another precision become float32.
        """
        try:
            with safe_open(path, framework="pt") as stored:
                about = stored.metadata() or {}
                if about.get("format") != FORMAT:
                    raise LabError(
                        f"The predictions in {path} have format {quoted(about.get('format'))}, and "
                        f"this version of the lab reads {FORMAT!r}; evaluate the run again."
                    )
                # clone: a run that goes on replaces the file while a page looks at it
                probabilities = stored.get_tensor("probabilities").clone()
                labels = stored.get_tensor("labels").clone()
            names = json.loads(about["class_names"])
            _check(probabilities, labels, names)
            return cls(probabilities.float(), labels, tuple(names), about["data"], _epoch(about))
        except LabError:
            raise
        except (OSError, SafetensorError, KeyError, ValueError, TypeError, RecursionError) as error:
            raise LabError(
                f"The predictions in {path} cannot be read ({type(error).__name__}); evaluate the "
                "run again."
            ) from error


def _check(probabilities: Tensor, labels: Tensor, names: object) -> None:
    """ValueError unless every row is of probabilities and every label is that of a class."""
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError("the class names are no list of names")
    if not probabilities.is_floating_point() or labels.dtype != torch.int64:
        raise ValueError(f"probabilities {probabilities.dtype}, labels {labels.dtype}")
    if not len(labels) or probabilities.ndim != 2 or labels.ndim != 1:
        raise ValueError(f"probabilities {tuple(probabilities.shape)}, {len(labels)} labels")
    if not ((probabilities >= 0) & (probabilities <= 1.001)).all():  # false for NaN, too
        raise ValueError("a probability is not between 0 and 1")
    if not 0 <= int(labels.min()) <= int(labels.max()) < len(names):
        raise ValueError(f"a label is not that of one of the {len(names)} classes")


def _epoch(about: Mapping[str, str]) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", about["epoch"]):
        raise ValueError("the epoch is no number")
    return int(about["epoch"])


def check_fits(predictions: Predictions, images: "ImageSet") -> None:
    """Raises LabError unless `images` has the very test images that were predicted, by label."""
    if predictions.class_names != images.class_names:
        raise LabError(
            f"These predictions are of the classes {', '.join(predictions.class_names)}, and "
            f"{images.title} now has {', '.join(images.class_names)}; train on it again to see "
            "the images."
        )
    if not torch.equal(predictions.labels, images.test_labels):
        raise LabError(
            f"The test images of {images.title} are not those that were predicted (there were "
            f"{len(predictions.labels):,}, now there are {len(images.test_labels):,}); train on it "
            "again to see the images."
        )


@torch.no_grad()
def predict(
    model: "nn.Module",
    images: Tensor,
    mean: tuple[float, float, float],
    std: tuple[float, float, float],
    device: torch.device,
    batch_size: int = 500,
    progress: Progress = silent,
) -> Tensor:
    """Class probabilities, float32 (N, classes) on the CPU, of uint8 images (N, 3, H, W).

    The images are scaled to [0, 1] and normalized with `mean` and `std`, which are those of the
    training images. The model is used as it stands: its mode and its device are the caller's
    business, and it must return logits (N, classes).
    """
    shift = torch.tensor(mean, device=device).view(1, 3, 1, 1) * 255
    scale = 1 / (torch.tensor(std, device=device).view(1, 3, 1, 1) * 255)
    parts = []
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size].to(device)
        normalized = (batch.float() - shift) * scale
        logits = model(normalized.contiguous(memory_format=torch.channels_last))
        parts.append(logits.float().softmax(1).cpu())
        progress(min(start + batch_size, len(images)) / len(images), "testing")
    return torch.cat(parts)
