"""One image drawn several times through a policy, and what a network says of each drawing."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from core.augment.policy import Policy
from core.augment.preview import Applied, apply
from core.predictions import predict
from core.runs import weights

COUNT = 12


@dataclass(frozen=True, eq=False)
class Augmented:
    """`images`: uint8 (N, 3, H, W), the drawings; `probabilities`: float32 (N, C), what they get.

    `untouched`: float32 (C,), what the image itself gets. `records`: for each drawing, what each
    transform did.
    """

    images: Tensor
    probabilities: Tensor
    untouched: Tensor
    records: tuple[tuple[Applied, ...], ...]

    @property
    def answer(self) -> int:
        """The class that the untouched image is taken for."""
        return int(self.untouched.argmax())

    @property
    def predicted(self) -> Tensor:
        """int64 (N,): the class that each drawing is taken for."""
        return self.probabilities.argmax(1)

    def saying(self, target: int) -> int:
        """How many drawings are taken for this class."""
        return int((self.predicted == target).sum())

    def mean(self, target: int) -> float:
        """The mean probability of this class over the drawings, from 0 to 1."""
        return float(self.probabilities[:, target].double().mean())


def vary(
    weights_path: Path, image: Tensor, policy: Policy, seed: int, count: int = COUNT
) -> Augmented:
    """A uint8 image (3, H, W) through `policy` `count` times; MixUp and CutMix are left out.

    Predicted by a copy of the network made from the file, on the CPU; equal seeds draw alike. Each
    drawing passes through 8-bit gray levels, as it is shown. Raises LabError for a file that cannot
    be read.
    """
    loaded = weights.load(weights_path)
    about, cpu = loaded.about, torch.device("cpu")
    copies = image[None].repeat(count, 1, 1, 1)
    drawn = apply(policy, copies, about.mean, about.std, seed)
    every = torch.cat([image[None], drawn.images])
    probabilities = predict(loaded.model, every, about.mean, about.std, cpu)
    return Augmented(drawn.images, probabilities[1:], probabilities[0], drawn.records)
