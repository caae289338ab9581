"""The file that a run is resumed from: written and read here, and checked when it is read."""

import io
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core import old_names
from core.checkpoint import Checkpoint
from core.errors import LabError
from core.runs.schema import MAX_EPOCHS


def to_bytes(checkpoint: Checkpoint) -> bytes:
    """The content of the file that `read` reads; plain types and tensors only."""
    content = io.BytesIO()
    torch.save(
        {entry.name: getattr(checkpoint, entry.name) for entry in fields(checkpoint)}, content
    )
    return content.getvalue()


def read(path: Path, run: str) -> Checkpoint:
    """The checkpoint of the run of that name; LabError where it is damaged.

    Nothing in the file is run: only plain types and tensors are read (`weights_only`).
    """
    try:
        state: Any = torch.load(path, weights_only=True, map_location="cpu")
        state = old_names.renamed(state, old_names.CHECKPOINT)
        _check(state)
        return Checkpoint(**state)
    except Exception as error:  # whatever the reader makes of bytes that may be anything
        raise LabError(
            f"The checkpoint of run {run} cannot be read; start a new run instead."
        ) from error


def _check(state: Any) -> None:
    """ValueError unless every part is what `Checkpoint` says it is."""
    epoch, best = state["epoch"], state["best_accuracy"]
    if type(epoch) is not int or not 1 <= epoch <= MAX_EPOCHS:
        raise ValueError("the epoch is no number of an epoch")
    if not isinstance(best, float) or not 0 <= best <= 100:
        raise ValueError("the best accuracy is no percentage")
    for name in ("weights", "ema_weights"):
        if name == "weights" or state.get(name) is not None:
            _check_tensors(name, state[name])
    if not isinstance(state["optimizer"], Mapping):
        raise ValueError("the optimizer's state is none")
    if not isinstance(state.get("scaler") or {}, Mapping):
        raise ValueError("the scaler's state is none")
    if not isinstance(state.get("row", {}), Mapping):
        raise ValueError("the epoch's row is none")
    losses = state.get("losses", ())
    if not isinstance(losses, tuple) or not all(
        isinstance(loss, float) and math.isfinite(loss) for loss in losses
    ):
        raise ValueError("the losses are no numbers")


def _check_tensors(name: str, found: Any) -> None:
    if not isinstance(found, Mapping) or not all(isinstance(t, Tensor) for t in found.values()):
        raise ValueError(f"{name} are no tensors")
