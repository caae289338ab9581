"""What a network says of every test image, and how that is kept."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from core.errors import LabError
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

    @property
    def predicted(self) -> Tensor:
        """The most probable class of each image, int64 (N,)."""
        return self.probabilities.argmax(1)

    @property
    def confidence(self) -> Tensor:
        """The probability of the predicted class, float32 (N,)."""
        return self.probabilities.amax(1)

    @property
    def accuracy(self) -> float:
        """The share of images whose predicted class is the label, in percent."""
        return 100 * (self.predicted == self.labels).double().mean().item()

    def save(self, path: Path) -> None:
        """Writes a safetensors file, whole or not at all; raises LabError if that fails."""
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
        write_atomically(path, lambda part: save_file(tensors, part, metadata=about))

    @classmethod
    def load(cls, path: Path) -> "Predictions":
        """Reads what `save` wrote; LabError if the file is damaged or from another version."""
        try:
            with safe_open(path, framework="pt") as stored:
                about = stored.metadata() or {}
                if about.get("format") != FORMAT:
                    raise LabError(
                        f"The predictions in {path} have format {about.get('format')!r}, and this "
                        f"version of the lab reads {FORMAT!r}; evaluate the run again."
                    )
                return cls(
                    # clone: a run that goes on replaces the file while a page looks at it
                    probabilities=stored.get_tensor("probabilities").clone(),
                    labels=stored.get_tensor("labels").clone(),
                    class_names=tuple(json.loads(about["class_names"])),
                    data=about["data"],
                    epoch=int(about["epoch"]),
                )
        except LabError:
            raise
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise LabError(
                f"The predictions in {path} cannot be read ({type(error).__name__}); evaluate the "
                "run again."
            ) from error


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


def of_weights(path: Path, images: "ImageSet", progress: Progress = silent) -> Predictions:
    """Predictions of the network in a weights file for the test images of `images`, on the CPU.

    Raises:
        LabError: the file cannot be read, or its classes are not those of the images.
    """
    from core.runs import weights

    loaded = weights.load(path)
    about = loaded.about
    if about.class_names != images.class_names:
        raise LabError(
            f"{path.name} knows the classes {', '.join(about.class_names)}, and {images.title} has "
            f"{', '.join(images.class_names)}; choose images of its own classes."
        )
    cpu = torch.device("cpu")
    probabilities = predict(
        loaded.model, images.test_images, about.mean, about.std, cpu, progress=progress
    )
    return Predictions(
        probabilities, images.test_labels, images.class_names, images.source, about.epoch
    )
