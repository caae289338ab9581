"""What the lab knows of a data set before one image of it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.progress import Progress

if TYPE_CHECKING:
    from core.data.image_set import ImageSet


class Load(Protocol):
    """Reads all images; uses the network only if `download` is True.

    Raises:
        LabError: they are not there, damaged, or cannot be fetched or stored.
    """

    def __call__(self, progress: Progress = ..., *, download: bool = ...) -> "ImageSet": ...


@dataclass(frozen=True)
class DataSetRecord:
    """A data set that is known by name: what a menu, the command line and Home say of it.

    `images` counts training and test images; `content` is what they are ("photos"). `synthetic`:
    drawn by the lab, so its accuracies do not compare with those on photos. The lab opens with
    the set that is ready and has the highest `priority`; a folder of images has 50. `detail` says
    in a few words what is there now. A module with a record imports no torch until `load` runs.
    """

    name: str
    title: str
    label: str
    license: str
    content: str
    images: int
    classes: int
    load: Load
    ready: Callable[[], bool] = lambda: True
    detail: Callable[[], str] | None = None
    download_megabytes: int = 0
    synthetic: bool = False
    priority: int = 10

    @property
    def summary(self) -> str:
        """`60,000 photos in 10 classes`."""
        return f"{self.images:,} {self.content} in {self.classes} classes"


@dataclass(frozen=True)
class DataChoice:
    """One entry of a menu: `source` goes to `load`, the rest is for people.

    `ready` is False where a download has to come first; `detail` says in a few words what is there.
    """

    source: str
    title: str
    ready: bool
    detail: str
    priority: int
