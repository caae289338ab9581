"""Where the lab keeps what it writes, and the check that a path stays inside.

Everything lies under one folder, `workspace/` in the repository, or the one that the environment
variable CIFAR10_LAB_HOME names. Folders of images elsewhere are opened to the pages by listing
them in CIFAR10_LAB_DATA (separated as in PATH); the command line takes any path.
"""

import os
from pathlib import Path

from core.errors import LabError

REPOSITORY = Path(__file__).resolve().parent.parent
ASSETS = REPOSITORY / "assets"


def home() -> Path:
    """The lab's own folder; it need not exist yet."""
    return Path(os.environ.get("CIFAR10_LAB_HOME") or REPOSITORY / "workspace").resolve()


def data_folder() -> Path:
    """Data sets: what was downloaded, unpacked folders, decoded caches."""
    return home() / "data"


def runs_folder() -> Path:
    """One folder a training run."""
    return home() / "runs"


def networks_folder() -> Path:
    """Networks that were saved from the editor."""
    return home() / "networks"


def open_data_folders() -> tuple[Path, ...]:
    """The folders under which a page may read images: the lab's own and those of the instructor."""
    named = os.environ.get("CIFAR10_LAB_DATA", "").split(os.pathsep)
    return (data_folder(), *(Path(entry).expanduser().resolve() for entry in named if entry))


def inside(path: Path, *allowed: Path) -> Path:
    """`path`, resolved, if it lies in one of the `allowed` folders; else LabError."""
    resolved = path.expanduser().resolve()
    if any(resolved.is_relative_to(folder.resolve()) for folder in allowed):
        return resolved
    places = ", ".join(str(folder) for folder in allowed)
    raise LabError(f"{path} lies outside the lab's folders; allowed is anything under {places}.")
