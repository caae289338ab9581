"""`DATA_SETS`: every data set that the lab knows by name; beside them, any folder of images.

To add one, put a file with a RECORD beside this one; nothing else. Only `load` brings in torch;
what a page may offer (`choices`) is found by looking at names.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from core import paths
from core.data import folder_layout, sources
from core.data.record import DataChoice, DataSetRecord
from core.errors import BadSetting
from core.progress import Progress, silent
from core.registry import Registry

if TYPE_CHECKING:
    from core.data.image_set import ImageSet

_FOLDER_PRIORITY = 50
_MAX_FOLDERS = 50  # offered by one open folder, so that a menu stays a menu


def _filled() -> Registry[DataSetRecord]:
    names = [module.name for module in iter_modules(sources.__path__)]
    records: list[DataSetRecord] = [
        import_module(f"{sources.__name__}.{name}").RECORD for name in names if name != "catalogue"
    ]
    registry: Registry[DataSetRecord] = Registry("data set")
    for record in sorted(records, key=lambda record: (record.priority, record.name)):
        registry.add(record.name, record)
    return registry


DATA_SETS = _filled()  # by rising priority
NAMED = f"{', '.join(reversed(DATA_SETS.names()))} or the path of a folder"  # for messages and help
READY = next(name for name, record in DATA_SETS.items() if not record.download_megabytes)
PREFERRED = DATA_SETS.names()[-1]


def load(source: str, progress: Progress = silent, *, download: bool = False) -> "ImageSet":
    """The images of `source`: a name in DATA_SETS or a folder `root/{train,test}/<class>/`.

    `download` allows the network to be used, if the set needs it, and only once.

    Raises:
        LabError: there is nothing there, it is damaged, or it is not such a folder.
    """
    if source in DATA_SETS:
        return DATA_SETS[source].load(progress, download=download)
    _check_named(source)
    if not paths.absolute(source).exists():
        raise BadSetting(
            f"There is no folder {source!r}; name {NAMED} that holds train/<class>/ and "
            "test/<class>/."
        )
    from core.data import folder

    return folder.load(source, progress)


def choices() -> list[DataChoice]:
    """What can be offered now: the sets with a name, and the image folders open to pages.

    Folders of images are looked for in each of `paths.open_data_folders()`: the folder itself and
    the ones directly in it. Reads names only; a folder listed here may still hold damaged images.
    """
    offered = [
        DataChoice(
            record.name,
            record.label,
            record.ready(),
            record.detail() if record.detail else record.summary,
            record.priority,
        )
        for _, record in DATA_SETS.items()
    ]
    seen: set[Path] = set()
    for entry in paths.open_data_folders():
        for candidate in [entry, *folder_layout.folders_in(entry)[:_MAX_FOLDERS]]:
            classes = folder_layout.classes_at_a_glance(candidate)
            if classes and str(candidate).isprintable() and candidate.resolve() not in seen:
                seen.add(candidate.resolve())
                home = paths.home()
                place = candidate.relative_to(home) if candidate.is_relative_to(home) else candidate
                detail = f"{classes} classes in {place}"
                offered.append(
                    DataChoice(str(candidate), candidate.name, True, detail, _FOLDER_PRIORITY)
                )
    return offered


def best(offered: list[DataChoice]) -> str:
    """The source that the lab opens with: of those that are ready the first of highest priority."""
    ready = [choice for choice in offered if choice.ready]
    return max(ready, key=lambda choice: choice.priority).source if ready else READY


def is_synthetic(source: str) -> bool:
    """Whether its accuracies do not compare with those on photos."""
    return source in DATA_SETS and DATA_SETS[source].synthetic


def check_open(source: str) -> str:
    """`source`, if a page may load it; a folder comes back as an absolute path.

    Raises:
        LabError: the folder lies outside `paths.open_data_folders()` and what is linked there.
    """
    if source in DATA_SETS:
        return source
    _check_named(source)
    allowed = (*paths.open_data_folders(), *paths.linked_data_folders())
    return str(paths.inside(Path(source), *allowed))


def resolve(given: str) -> str:
    """The source that is meant on a command line: a name, a folder, or a menu's title of one.

    Raises:
        LabError: it cannot be the path of a folder.
    """
    if given in DATA_SETS:
        return given
    _check_named(given)
    path = paths.absolute(given)
    if path.exists():
        return str(path)
    titled = [choice.source for choice in choices() if choice.title == given]
    return titled[0] if titled else str(path)


def as_markdown() -> str:
    """A table of the named sets, for a document or a page."""
    rows = [
        f"| {record.title} | {record.summary} | "
        f"{f'{record.download_megabytes} MB' if record.download_megabytes else 'none'} | "
        f"{record.license} |"
        for _, record in reversed(DATA_SETS.items())
    ]
    return "\n".join(["| Data set | Images | Download | License |", "|---|---|---|---|", *rows])


def _check_named(source: str) -> None:
    if not source.strip():
        raise BadSetting(f"No data is named; choose {NAMED}.")
