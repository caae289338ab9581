"""Trained networks that pages can look at: weights files that come with the lab, and runs'."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core import paths
from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.catalogue import NETWORKS
from core.runs.model_ref import ModelRef, weights_files
from core.runs.weights import WeightsAbout
from core.training.recipes import RECIPES, Recipe
from lab import format, state

_MOST = 50  # runs: the newest


@dataclass(frozen=True)
class Trained:
    """A model to choose; `about` is None where it is damaged, which is said once it is chosen."""

    ref: ModelRef
    title: str
    about: WeightsAbout | None

    @property
    def key(self) -> str:
        """What a menu's value is: a run's name, or weights/FILE."""
        return self.ref.key

    @property
    def path(self) -> Path:
        return self.ref.path


def files() -> list[Trained]:
    """Weights that come with the lab or were put into its folder, the most accurate first."""
    found = []
    for path in weights_files():
        origin = "comes with the lab" if path.parent == paths.ASSETS / "weights" else ""
        ref = ModelRef.of_file(path)
        try:
            about = ref.about
        except LabError:
            about = None
        found.append(Trained(ref, _title(path, about, origin), about))
    return _best_first(found)


def recipe_of(path: Path) -> Recipe | None:
    """The recipe that trained weights that come with the lab, by their name; None for others."""
    ours = path.parent == paths.ASSETS / "weights"
    return RECIPES[path.stem] if ours and path.stem in RECIPES else None


def everything(wanted: Callable[[WeightsAbout], bool]) -> list[Trained]:
    """Files and the best weights of runs whose description is as wanted, most accurate first."""
    found = files()
    for run in state.runs()[:_MOST]:
        try:
            ref = ModelRef.of_run(run)
            about = ref.about
        except LabError:
            continue
        title = f"{format.run_title(run)} · {about.accuracy:.1f}%"
        found.append(Trained(ref, title, about))
    return _best_first([each for each in found if each.about is not None and wanted(each.about)])


def of_network(network: NetworkConfig) -> list[Trained]:
    """Weights of this very network, the most accurate first."""
    return everything(lambda about: about.network == network)


def _best_first(found: list[Trained]) -> list[Trained]:
    return sorted(found, key=lambda each: -(each.about.accuracy if each.about else -1.0))


def _title(path: Path, about: WeightsAbout | None, origin: str) -> str:
    if about is None:
        return f"{path.name} (weights file)"
    name = about.network.name
    label = NETWORKS[name].label if name in NETWORKS else name
    file = "" if path.stem == name else f"{path.name}, "
    return f"{label} · {about.accuracy:.1f}% · {about.data} ({file}{origin or 'weights file'})"
