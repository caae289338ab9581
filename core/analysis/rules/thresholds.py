"""The assignment's numbers, as they stand in thresholds.toml beside this file."""

import math
import tomllib
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import LabError

FILE = Path(__file__).with_name("thresholds.toml")
_TEST_IMAGES = 10_000  # CIFAR-10's


@dataclass(frozen=True)
class Thresholds:
    max_parameters: int  # exclusive
    receptive_field: int  # pixels, exclusive
    blocks: int
    accuracy: float  # percent, inclusive
    holes: int
    hole_height: int  # pixels
    hole_width: int  # pixels

    def texts(self) -> dict[str, str]:
        """Every number by its name, as prose has it (`200,000`, `85`), for {{name}} in a lesson.

        `accuracy_interval` is the half width of the 95% interval of the accuracy on CIFAR-10's
        test images, in points (binomial, normal approximation).
        """
        share = self.accuracy / 100
        half = 196 * math.sqrt(share * (1 - share) / _TEST_IMAGES)
        words = {
            name: f"{value:,}" if isinstance(value, int) else f"{value:g}"
            for name, value in asdict(self).items()
        }
        return words | {"accuracy_interval": f"{half:.1f}"}


def thresholds(file: Path = FILE) -> Thresholds:
    """The numbers in force; LabError names what is wrong in the file."""
    return _read(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: Path, changed: int) -> Thresholds:
    try:
        plain = tomllib.loads(file.read_text(encoding="utf-8"))
        hole = plain["coarse_dropout"]
        found = Thresholds(
            max_parameters=int(plain["max_parameters"]),
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
    if not 0 <= found.accuracy <= 100:
        raise LabError(
            f"{file.name} cannot be used: its accuracy is {found.accuracy:g}; give percent, from 0 "
            "to 100."
        )
    return found
