"""The assignment's numbers, as they stand in thresholds.toml beside this file."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import LabError

FILE = Path(__file__).with_name("thresholds.toml")


@dataclass(frozen=True)
class Thresholds:
    most_parameters: int  # exclusive
    receptive_field: int  # pixels, exclusive
    blocks: int
    accuracy: float  # percent, inclusive
    holes: int
    hole_height: int  # pixels
    hole_width: int  # pixels


def thresholds(file: Path = FILE) -> Thresholds:
    """The numbers in force; LabError names what is wrong in the file."""
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: Path, changed: int) -> Thresholds:
    try:
        plain = tomllib.loads(file.read_text(encoding="utf-8"))
        hole = plain["coarse_dropout"]
        return Thresholds(
            most_parameters=int(plain["most_parameters"]),
            receptive_field=int(plain["receptive_field"]),
            blocks=int(plain["blocks"]),
            accuracy=float(plain["accuracy"]),
            holes=int(hole["holes"]),
            hole_height=int(hole["height"]),
            hole_width=int(hole["width"]),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise LabError(
            f"{file.name} cannot be used ({type(error).__name__}: {error}); every number in it "
            "must be there and be a number."
        ) from error
