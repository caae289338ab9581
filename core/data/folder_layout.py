"""The files of an image folder, `root/{train,test}/<class>/*`, by name: no image is opened here.

Class names are the folder names in sorted order. For CIFAR-10's ten classes that is also the order
of the original data set, so weights trained on one fit the other.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core import paths
from core.errors import LabError

SPLITS = ("train", "test")
EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp")
_ALLOWED = ", ".join(EXTENSIONS)


@dataclass(frozen=True)
class Split:
    """The files of one half: paths relative to the root, and the class index of each."""

    files: tuple[str, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Tree:
    """`fingerprint` changes when a file is added, removed, renamed, rewritten or resized."""

    root: Path
    class_names: tuple[str, ...]
    train: Split
    test: Split
    fingerprint: str


def scan(source: str) -> Tree:
    """Lists an image folder, in the same order every time.

    Raises:
        LabError: it is missing, empty or no such folder, has fewer than two classes, a class
            without images, or test classes other than the training ones.
    """
    root = paths.absolute(source)
    if root.is_file():
        raise LabError(f"{source!r} is a file; name the folder that holds train/ and test/.")
    names = {split: _class_names(root, split) for split in SPLITS}
    train, test = names["train"], names["test"]
    if train != test:
        raise LabError(
            f"The classes in {root} differ between train and test: {_difference(train, test)}; "
            "give both the same class folders."
        )
    if len(train) < 2:
        raise LabError(
            f"{root} holds one class only ({train[0]!r}); at least two class folders are needed "
            "in train and in test."
        )
    for name in (str(root), *train):
        if not name.isprintable():
            raise LabError(
                f"The name {name!r} has characters that cannot be shown; rename it, a class folder "
                "in train and in test."
            )
    digest = hashlib.sha256(repr(train).encode())
    halves = [_list(root, split, train, digest) for split in SPLITS]
    return Tree(root, train, halves[0], halves[1], digest.hexdigest())


def classes_at_a_glance(root: Path) -> int:
    """How many classes `root` has if it looks like an image folder, else 0; never raises."""
    train, test = ([folder.name for folder in folders_in(root / split)] for split in SPLITS)
    return len(train) if len(train) > 1 and train == test else 0


def folders_in(place: Path) -> list[Path]:
    """The folders directly in `place`, sorted, without hidden ones; none where it can't be read."""
    try:
        with os.scandir(place) as entries:
            names = [entry.name for entry in entries if _visible(entry) and _is(entry.is_dir)]
    except OSError:
        return []
    return [place / name for name in sorted(names)]


def _visible(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".")  # .DS_Store, and the ._x.jpg that macOS leaves behind


def _is(kind: Callable[[], bool]) -> bool:
    try:
        return kind()
    except OSError:  # links that lead in a circle
        return False


def _class_names(root: Path, split: str) -> tuple[str, ...]:
    names = tuple(folder.name for folder in folders_in(root / split))
    if names:
        return names
    found = "is missing" if not (root / split).is_dir() else "holds no class folders"
    raise LabError(
        f"{root / split} {found}; an image folder holds train/<class>/ and test/<class>/ "
        f"with {_ALLOWED} files."
    )


def _difference(train: tuple[str, ...], test: tuple[str, ...]) -> str:
    parts = []
    for split, names in (
        ("train", sorted(set(train) - set(test))),
        ("test", sorted(set(test) - set(train))),
    ):
        if names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            parts.append(f"only {split} has {', '.join(map(repr, names[:5]))}{more}")
    return ", ".join(parts)


def _list(root: Path, split: str, classes: tuple[str, ...], digest: "hashlib._Hash") -> Split:
    files: list[str] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        try:
            with os.scandir(root / split / name) as entries:
                found = sorted(
                    (entry.name, entry.stat())
                    for entry in entries
                    if _visible(entry)
                    and entry.name.lower().endswith(EXTENSIONS)
                    and _is(entry.is_file)
                )
        except OSError as error:
            raise LabError(
                f"The folder {root / split / name} cannot be read ({error.strerror}); check that "
                "it is there and that you may read it."
            ) from error
        if not found:
            raise LabError(
                f"The class folder {root / split / name} holds no images ({_ALLOWED}); add some "
                "or remove the class from train and test."
            )
        for file, stat in found:
            files.append(f"{split}/{name}/{file}")
            labels.append(label)
            digest.update(f"{files[-1]}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return Split(tuple(files), tuple(labels))
