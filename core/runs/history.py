"""The class and the confidence for every test image after each epoch, one small file an epoch."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from core.errors import LabError

Answers = tuple[int, NDArray[Any], NDArray[np.float32]]


def path(folder: Path, epoch: int) -> Path:
    """The file of that epoch, counted from 1."""
    return folder / f"epoch-{epoch:04d}.safetensors"


def to_bytes(predicted: NDArray[np.int64], confidence: NDArray[np.float32], classes: int) -> bytes:
    """The content of a file: classes in as many bits as they need, confidence in 16."""
    width = next(
        kind for kind in (np.uint8, np.uint16, np.int64) if classes - 1 <= np.iinfo(kind).max
    )
    return save({"predicted": predicted.astype(width), "confidence": confidence.astype(np.float16)})


def read(folder: Path, classes: int | None) -> list[Answers]:
    """(epoch, predicted classes (N,), confidence float32 (N,)), in order; [] where there are none.

    Raises LabError where a file is damaged, or holds others than the first `classes` classes.
    """
    try:
        files = sorted(folder.glob("epoch-*.safetensors"))
    except OSError:
        files = []
    return [_read(file, classes) for file in files if re.fullmatch(r"epoch-[0-9]{4}", file.stem)]


def _read(file: Path, classes: int | None) -> Answers:
    try:
        arrays = load_file(file)
        predicted, confidence = arrays["predicted"], arrays["confidence"].astype(np.float32)
        if predicted.ndim != 1 or predicted.shape != confidence.shape:
            raise ValueError(f"{predicted.shape} classes, {confidence.shape} confidences")
        if predicted.dtype.kind not in "iu" or (predicted < 0).any():
            raise ValueError(f"classes are {predicted.dtype}")
        if classes is not None and (predicted >= classes).any():
            raise ValueError(f"a class is not among the {classes}")
        if not ((confidence >= 0) & (confidence <= 1.001)).all():  # false for NaN, too
            raise ValueError("a confidence is not between 0 and 1")
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise LabError(
            f"The predictions in {file} cannot be read ({type(error).__name__}); choose another "
            "run, or remove that file."
        ) from error
    return int(file.stem.removeprefix("epoch-")), predicted, confidence
