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


def reports_folder() -> Path:
    """One folder a report."""
    return home() / "reports"


def networks_folder() -> Path:
    """Networks that were saved from the editor."""
    return home() / "networks"


def open_data_folders() -> tuple[Path, ...]:
    """The folders under which a page may read images: the lab's own and those of the instructor."""
    named = os.environ.get("CIFAR10_LAB_DATA", "").split(os.pathsep)
    return (data_folder(), *(Path(entry).expanduser().resolve() for entry in named if entry))


def linked_data_folders() -> tuple[Path, ...]:
    """Where links directly in the open folders lead: whoever placed them opened those too.

    One step only: a link that leads to another link, which others may turn, opens nothing.
    """
    found = []
    for folder in open_data_folders():
        try:
            links = [entry for entry in folder.iterdir() if entry.is_symlink()]
            targets = [folder / link.readlink() for link in links]
            found += [each.resolve() for each in targets if each.is_dir() and not each.is_symlink()]
        except OSError:
            continue  # not there, or not to be read: nothing is opened
    return tuple(found)


def absolute(given: str | Path) -> Path:
    """The path that is meant, with `~` and links followed; it need not exist.

    Raises:
        LabError: no file can have this name: it is too long, say, or holds a NUL.
    """
    try:
        path = Path(given).expanduser().resolve()
        str(path).encode()  # a name that is no text could be stored and shown nowhere
        path.exists()
    except (ValueError, OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise LabError(
            f"{shown(given)} cannot be used as a path ({shown(reason)}); name a file or folder "
            "that exists and that you may read."
        ) from error
    return path


def shown(text: object) -> str:
    """`text` for a sentence: on one line, in characters that can be printed, and not endless."""
    plain = str(text)
    plain = plain if len(plain) <= 200 else f"{plain[:200]}..."
    return plain if plain.isprintable() else repr(plain)


def inside(path: Path, *allowed: Path) -> Path:
    """`path`, resolved, if it lies in one of the `allowed` folders; else LabError."""
    resolved = absolute(path)
    if any(resolved.is_relative_to(folder.resolve()) for folder in allowed):
        return resolved
    places = ", ".join(str(folder) for folder in allowed)
    raise LabError(
        f"{shown(path)} lies outside the lab's folders; allowed is anything under {places}."
    )
