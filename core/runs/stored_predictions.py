"""Predictions that need not be made again: of the weights that come with the lab, and of files.

A file is named after the weights and a checksum of the images, and holds a checksum of the weights
file: other images or other weights of the same name are never taken for it. Those of the lab lie in
assets/predictions, made by `python -m core evaluate WEIGHTS --save-predictions assets/predictions`;
those of other weights files are stored in the lab's own folder when they were first made.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from core import paths
from core.files import write_atomically

if TYPE_CHECKING:
    from core.data.image_set import ImageSet
    from core.predictions import Predictions

FORMAT = "1"
_MAX_FILES = 50  # in the lab's own folder, some 200 kB each; the oldest go


def own_folder() -> Path:
    """Where predictions of other weights files than the lab's are stored."""
    return paths.home() / "predictions"


def find(weights_path: Path, images: "ImageSet") -> "Predictions | None":
    """Those of this weights file for the test images of `images`, or None: absent or damaged."""
    import torch
    from safetensors import SafetensorError, safe_open

    from core.predictions import Predictions

    name = _name(weights_path, images)
    for path in (paths.ASSETS / "predictions" / name, own_folder() / name):
        try:
            with safe_open(path, framework="pt") as stored:
                about = stored.metadata() or {}
                probabilities = stored.get_tensor("probabilities").float()
            shape = (len(images.test_labels), len(images.class_names))
            whole = torch.isfinite(probabilities).all() and probabilities.min() >= 0
            current = (about["format"], about["weights"]) == (FORMAT, _checksum(weights_path))
            if current and whole and probabilities.shape == shape:
                return Predictions(
                    probabilities,
                    images.test_labels,
                    images.class_names,
                    images.source,
                    int(about["epoch"]),
                )
        except (OSError, SafetensorError, KeyError, ValueError, RuntimeError):
            continue
    return None


def store(folder: Path, weights_path: Path, predictions: "Predictions", images: "ImageSet") -> Path:
    """Stores them as float16, so that `find` returns them with the same predicted classes.

    Raises:
        LabError: the disk is full, or may not be written to.
    """
    from safetensors.torch import save

    half, predicted = predictions.probabilities.half(), predictions.predicted
    tied = (half.argmax(1) != predicted).nonzero()[:, 0]  # two that round to the same
    half[tied, predicted[tied]] = (half[tied].amax(1).float() * 1.001).half()  # the next number
    about = {
        "format": FORMAT,
        "weights": _checksum(weights_path),
        "data": images.title,
        "epoch": str(predictions.epoch),
    }
    path = folder / _name(weights_path, images)
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, save({"probabilities": half}, about))
    if folder == own_folder():
        by_age = sorted(folder.glob("*.safetensors"), key=lambda each: each.stat().st_mtime)
        for old in by_age[:-_MAX_FILES]:
            old.unlink(missing_ok=True)
    return path


def _name(weights_path: Path, images: "ImageSet") -> str:
    return f"{weights_path.stem[:100]}-{images.test_checksum}.safetensors"


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
