"""One image drawn several times through a policy, and what a network predicts for each view."""

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
class AugmentedViews:
    """`images`: uint8 (N, 3, H, W), the views; `probabilities`: float32 (N, C), what they get.

    `original`: float32 (C,), what the image itself gets. `records`: for each view, what each
    transform did.
    """

    images: Tensor
    probabilities: Tensor
    original: Tensor
    records: tuple[tuple[Applied, ...], ...]

    @property
    def original_class(self) -> int:
        """The predicted class of the image itself."""
        return int(self.original.argmax())

    @property
    def predicted(self) -> Tensor:
        """int64 (N,): the predicted class of each view."""
        return self.probabilities.argmax(1)

    def count_predicted(self, target: int) -> int:
        """How many views are predicted as this class."""
        return int((self.predicted == target).sum())

    def mean(self, target: int) -> float:
        """The mean probability of this class over the views, from 0 to 1."""
        return float(self.probabilities[:, target].double().mean())


def predict_views(
    weights_path: Path, image: Tensor, policy: Policy, seed: int, count: int = COUNT
) -> AugmentedViews:
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
    return AugmentedViews(drawn.images, probabilities[1:], probabilities[0], drawn.records)
