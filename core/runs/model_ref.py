"""`ModelRef`: one trained network, of a run or of a weights file, and all that can be asked of it.

What works on a trained network takes a `ModelRef` and nothing else: it is frozen and hashable, so
a cache can hold results by it, and it differs once its file is written again.

    ModelRef.of_run(run, "best")      a run's weights: best, last or ema, the averaged ones
    ModelRef.of_file(path)            a weights file
    ref.key                           what a menu's value and an address hold
    ref.about, ref.network            what the file says of itself; LabError where it is damaged
    ref.load()                        a copy of the network with its weights, the caller's own
    ref.predictions(images)           for the test images of `images`
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core import paths
from core.config.run_config import NetworkConfig
from core.errors import BadSetting, LabError
from core.progress import Progress, silent
from core.runs import stored_predictions, weights
from core.runs.store import Run, find_run
from core.runs.weights import LoadedNetwork, WeightsAbout

if TYPE_CHECKING:
    from core.data.image_set import ImageSet
    from core.predictions import Predictions


@dataclass(frozen=True)
class ModelRef:
    """A weights file as it was at one moment; `changed` is when it was written (ns since 1970).

    `run` and `which` (best, last or ema) say whose weights they are; None and "" for a file.
    """

    path: Path
    changed: int
    run: Run | None = None
    which: str = ""

    @classmethod
    def of_file(cls, path: Path) -> "ModelRef":
        """The network of a weights file; LabError where there is no such file."""
        return cls(path, _changed(path))

    @classmethod
    def of_run(cls, run: Run, which: str = "best") -> "ModelRef":
        """A run's `best`, `last` or `ema` weights; LabError where it has none (yet)."""
        path = run.weights_path(which)
        return cls(path, _changed(path), run, which)

    @property
    def key(self) -> str:
        """A run's name, or weights/FILE."""
        return self.run.name if self.run else f"weights/{self.path.name}"

    @cached_property
    def about(self) -> WeightsAbout:
        """What the file says of itself; LabError where it is damaged."""
        return weights.about(self.path)

    @property
    def network(self) -> NetworkConfig:
        """The network's settings; LabError where the file is damaged."""
        return self.about.network

    def load(self) -> LoadedNetwork:
        """The network with these weights, built anew; LabError when file and network differ."""
        return weights.load(self.path)

    def predictions(self, images: "ImageSet", progress: Progress = silent) -> "Predictions":
        """Predictions for the test images of `images`, stored ones or made now on the CPU.

        Raises LabError where the file cannot be read or knows other classes than the images have.
        """
        import torch

        self.about.check_knows(images)
        stored = stored_predictions.find(self.path, images)
        if stored is not None:
            return stored
        made = self.load().predictions(images, torch.device("cpu"), progress)
        if self.run is None:
            with suppress(LabError, OSError):  # then they are made again the next time
                stored_predictions.store(stored_predictions.own_folder(), self.path, made, images)
        return made


def find_model(given: str, which: str, runs: Path) -> ModelRef:
    """The network that is meant on a command line.

    `given` is a weights file, the name of weights that come with the lab or lie in its folder, or
    a run's folder or name, of which `which` says the weights.
    """
    path = paths.absolute(given)
    if path.is_file():
        return ModelRef.of_file(path)
    named = {file.stem: file for file in reversed(weights_files())}
    if given in named:
        return ModelRef.of_file(named[given])
    if path.suffix == ".safetensors" or (len(Path(given).parts) > 1 and not path.is_dir()):
        raise BadSetting(f"There is no file or folder {given}; give one, or a run's name.")
    try:
        return ModelRef.of_run(find_run(given, runs), which)
    except BadSetting as error:
        names = ", ".join(sorted(named))
        raise BadSetting(f"{error} Weights with a name are {names}.") from None


def weights_files() -> list[Path]:
    """Weights that come with the lab, then those that were put into its folder."""
    folders = (paths.ASSETS / "weights", paths.home() / "weights")
    found = (file for folder in folders for file in sorted(folder.glob("*.safetensors")))
    return [file for file in found if file.is_file()]


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        raise LabError(f"There is no weights file {path}; give one that exists.") from None
