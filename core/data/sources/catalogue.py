"""Where images come from: `cifar10`, `shapes` or the path of a folder.

Only `load` brings in torch; what a page may offer (`choices`) is found by looking at names.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core import paths
from core.data import folder_layout
from core.errors import LabError
from core.progress import Progress, silent

if TYPE_CHECKING:
    from core.data.image_set import ImageSet

CIFAR10 = "cifar10"
SHAPES = "shapes"
_MOST_FOLDERS = 50  # offered by one open folder, so that a menu stays a menu


@dataclass(frozen=True)
class DataChoice:
    """One entry of a menu: `source` goes to `load`, the rest is for people.

    `ready` is False where a download has to come first; `detail` says in a few words what is there.
    """

    source: str
    title: str
    ready: bool
    detail: str


def load(source: str, progress: Progress = silent, *, download: bool = False) -> "ImageSet":
    """The images of `source`: `cifar10`, `shapes` or a folder `root/{train,test}/<class>/`.

    `download` allows the network to be used, which only `cifar10` needs, and only once.

    Raises:
        LabError: there is nothing there, it is damaged, or it is not such a folder.
    """
    if source == SHAPES:
        from core.data.sources import shapes

        return shapes.load(progress)
    if source == CIFAR10:
        from core.data.sources import cifar10

        return cifar10.load(progress, download=download)
    if not source.strip():
        raise LabError("No data is named; choose cifar10, shapes or the path of a folder.")
    from core.data.sources import folder

    return folder.load(source, progress)


def choices() -> list[DataChoice]:
    """What can be offered now: the shapes, CIFAR-10, and the image folders that are open to pages.

    Folders of images are looked for in each of `paths.open_data_folders()`: the folder itself and
    the ones directly in it. Reads names only; a folder listed here may still hold damaged images.
    """
    offered = [
        DataChoice(SHAPES, "Shapes (drawn by the lab)", True, "12,000 drawings in 10 classes"),
        _cifar10_choice(),
    ]
    seen: set[Path] = set()
    for entry in paths.open_data_folders():
        for candidate in [entry, *folder_layout.folders_in(entry)[:_MOST_FOLDERS]]:
            classes = folder_layout.classes_at_a_glance(candidate)
            if classes and candidate not in seen:
                seen.add(candidate)
                home = paths.home()
                place = candidate.relative_to(home) if candidate.is_relative_to(home) else candidate
                detail = f"{classes} classes in {place}"
                offered.append(DataChoice(str(candidate), candidate.name, True, detail))
    return offered


def check_open(source: str) -> str:
    """`source`, if a page may load it; a folder comes back as an absolute path.

    Raises:
        LabError: the folder lies outside `paths.open_data_folders()`.
    """
    if source in (SHAPES, CIFAR10):
        return source
    if not source.strip():
        raise LabError("No data is named; choose cifar10, shapes or the path of a folder.")
    return str(paths.inside(Path(source), *paths.open_data_folders()))


def _cifar10_choice() -> DataChoice:
    from core.data import download as archive

    place = archive.folder()
    if archive.looks_unpacked(place):
        return DataChoice(CIFAR10, "CIFAR-10", True, "60,000 photos in 10 classes")
    if archive.looks_fetched(place):
        return DataChoice(CIFAR10, "CIFAR-10", True, "60,000 photos, still to be unpacked")
    return DataChoice(CIFAR10, "CIFAR-10", False, "60,000 photos, a download of 170 MB")
