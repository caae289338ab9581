"""The images that a session looks at."""

from typing import TYPE_CHECKING

from lab.layout import progress_bar
from lab.state import server, session

if TYPE_CHECKING:
    from core.data.image_set import ImageSet


def image_set(source: str) -> "ImageSet":
    """The images of `source`, with a progress bar on the page while they are being loaded."""
    sets = server.image_sets()
    return sets.get(source) if sets.has(source) else _loaded(source)


def download(source: str) -> "ImageSet":
    """Fetch a data set that is not there yet, with a progress bar; raises LabError."""
    return _loaded(source, download=True)


def _loaded(source: str, *, download: bool = False) -> "ImageSet":
    with progress_bar() as progress:
        progress(0.0, "Loading the images")
        return server.image_sets().get(source, progress, download=download)


def image_notes(source: str) -> tuple[str, ...]:
    """What has to be said of these images (some were resized, say), once they are loaded."""
    sets = server.image_sets()
    return sets.get(source).notes if sets.has(source) else ()


def data_source() -> str:
    """The data set that this session looks at; chosen in the side bar, kept over pages."""
    from core.data.sources import catalogue

    chosen = session.value_of(session.DATA_KEY)
    return str(chosen) if chosen else catalogue.best(catalogue.choices())


def choose_data(source: str) -> None:
    """Look at another data set from now on."""
    session.fill({session.DATA_KEY: source})
