"""Names that settings and stored figures had in earlier versions, and have no more.

Run folders, checkpoints and command lines made then are read by these tables, one a format;
nothing is written under an old name.
"""

from collections.abc import Mapping
from typing import Any

TRAINING = {
    "optimiser": "optimizer",
    "bias_rate": "bias_lr_scale",
    "first_side": "initial_image_size",
    "ema": "ema_decay",
}  # fields of TrainingConfig: in config.json, and with hyphens as options of the command line
CHECKPOINT = {"optimiser": "optimizer", "averaged": "ema_weights"}  # fields of Checkpoint
STATUS = {"share": "fraction", "started": "first_step"}  # fields of Status


def renamed(plain: Mapping[str, Any], table: Mapping[str, str]) -> dict[str, Any]:
    """`plain` under today's names; what has both keeps today's."""
    old = {table[name]: value for name, value in plain.items() if name in table}
    return old | {name: value for name, value in plain.items() if name not in table}
