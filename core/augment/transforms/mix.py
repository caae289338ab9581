"""MixUp and CutMix: images of a batch mixed with each other, and their labels with them.

As their authors' code does it, each batch samples one share (and, for CutMix, one rectangle) and
one permutation that says which image meets which.
"""

import numpy as np

from core.augment.transforms.parameters import ParameterRecord
from core.augment.transforms.record import Mixture, TransformRecord
from core.augment.transforms.shared_parameters import probability
from core.augment.types import Params, Shape


def mix_up(p: Params, count: int, shape: Shape, rng: np.random.Generator) -> Mixture:
    """Zhang et al. 2018, arXiv:1710.09412: share ~ Beta(alpha, alpha)."""
    return Mixture(rng.permutation(count), float(rng.beta(p["alpha"], p["alpha"])))


def cut_mix(p: Params, count: int, shape: Shape, rng: np.random.Generator) -> Mixture:
    """Yun et al. 2019, arXiv:1905.04899: a rectangle of area 1 - Beta(alpha, alpha), cut at the
    image's edges; the share is then counted in pixels."""
    height, width = shape
    partner = rng.permutation(count)
    side = np.sqrt(1.0 - rng.beta(p["alpha"], p["alpha"]))
    tall, wide = int(height * side), int(width * side)
    x, y = int(rng.integers(width)), int(rng.integers(height))
    left, right = max(x - wide // 2, 0), min(x + wide // 2, width)
    top, bottom = max(y - tall // 2, 0), min(y + tall // 2, height)
    share = 1.0 - (right - left) * (bottom - top) / (height * width)
    return Mixture(partner, share, (left, top, right, bottom))


RECORDS = (
    TransformRecord(
        "MixUp", "MixUp",
        "Lays a second image of the batch over each image; the label becomes the same mixture "
        "(Zhang et al. 2018, arXiv:1710.09412).",
        (
            ParameterRecord("alpha", "Alpha", "The share is drawn from Beta(alpha, alpha): at 0.2 "
                            "mostly near one image, at 1 any share alike.", "number", 0.2, 0.05,
                            8, 0.05),
            probability(1.0, "a batch"),
        ),
        level="batch", mix=mix_up,
    ),
    TransformRecord(
        "CutMix", "CutMix",
        "Pastes a rectangle of a second image of the batch into each image; the label is shared "
        "by area (Yun et al. 2019, arXiv:1905.04899).",
        (
            ParameterRecord("alpha", "Alpha", "The area is drawn from Beta(alpha, alpha): at 1 "
                            "any area alike.", "number", 1.0, 0.05, 8, 0.05),
            probability(0.5, "a batch"),
        ),
        level="batch", mix=cut_mix,
    ),
)  # fmt: skip
