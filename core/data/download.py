"""Fetching CIFAR-10's archive and unpacking it, so that a damaged or half one is never used.

Both steps write beside the final name and rename when a checksum has said that all is there. What
the archive is called, where it lies and what its checksums are is torchvision's knowledge
(`torchvision.datasets.CIFAR10`), handed in as a `Recipe`.
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from core import paths
from core.errors import LabError
from core.progress import Progress

MIRROR = "CIFAR10_LAB_MIRROR"  # environment variable: another address of the same archive
ARCHIVE = "cifar-10-python.tar.gz"
UNPACKED = "cifar-10-batches-py"
_PART, _DRAFT = ".part", "unpacking-"
_CHUNK = 1 << 18
_TIMEOUT = 30  # seconds without a byte after which a connection counts as lost
_FILES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta")
_alone = threading.Lock()  # two sessions of one server must not fetch at the same time


@dataclass(frozen=True)
class Recipe:
    """The archive's address and MD5, and the MD5 of every file in it that is needed."""

    url: str
    md5: str
    members: tuple[tuple[str, str], ...]


def folder() -> Path:
    """Where the archive belongs, whoever puts it there."""
    return paths.data_folder() / "cifar10"


def looks_unpacked(place: Path) -> bool:
    """Whether all files are there, by name alone; `unpacked` reads them."""
    return all((place / UNPACKED / name).is_file() for name in _FILES)


def looks_fetched(place: Path) -> bool:
    """Whether an archive is there, by name alone."""
    return (place / ARCHIVE).is_file()


def unpacked(place: Path, recipe: Recipe) -> bool:
    """Whether every file is there and has the right checksum."""
    return all(_md5(place / UNPACKED / name) == md5 for name, md5 in recipe.members)


def provide(place: Path, recipe: Recipe, progress: Progress, *, download: bool) -> list[str]:
    """Makes sure that the unpacked files are there and whole; says what had to be put right.

    Takes them from the archive if there is one, and fetches that if `download` allows it.

    Raises:
        LabError: there is nothing whole and the network is not allowed or does not help, or the
            disk cannot be written.
    """
    with _alone:
        progress(0.0, "checking what is there")
        if unpacked(place, recipe):
            return []
        said = []
        if (place / UNPACKED).exists():
            said.append("The unpacked CIFAR-10 files were incomplete and were unpacked again.")
        try:
            place.mkdir(parents=True, exist_ok=True)
            said += _clear_leftovers(place)
            said += _whole_archive(place, recipe, progress, download)
            progress(0.92, "unpacking")
            _unpack(place, recipe)
        except OSError as error:
            reason = error.strerror or str(error)
            raise LabError(
                f"CIFAR-10 could not be stored in {place} ({reason}); it needs 360 MB there: make "
                "room, or name another folder in CIFAR10_LAB_HOME."
            ) from error
        return said


def _clear_leftovers(place: Path) -> list[str]:
    """Removes what a killed process left, which may hold half of anything."""
    for draft in place.glob(f"{_DRAFT}*"):
        shutil.rmtree(draft, ignore_errors=True)
    part = place / (ARCHIVE + _PART)
    if not part.exists():
        return []
    part.unlink()
    return ["An earlier download had been interrupted; it was thrown away."]


def _whole_archive(place: Path, recipe: Recipe, progress: Progress, download: bool) -> list[str]:
    """Leaves an archive with the right checksum in `place`."""
    archive = place / ARCHIVE
    said = []
    if archive.exists():
        if _md5(archive) == recipe.md5:
            return []
        if not download:
            raise LabError(
                f"The archive {archive} is damaged (its checksum is not {recipe.md5}); download it "
                "again or put a whole one in its place."
            )
        said.append("The CIFAR-10 archive was damaged; it was fetched again.")
    elif not download:
        raise LabError(
            f"CIFAR-10 is not here yet; download it (170 MB), or put {ARCHIVE} into {place}, or "
            "carry on with the shapes."
        )
    url = os.environ.get(MIRROR) or recipe.url
    if not _fetch(url, archive, recipe.md5, progress):
        said.append("The download of CIFAR-10 arrived damaged; it was fetched again.")
        progress(0.0, "the download arrived damaged: fetching it again")
        if not _fetch(url, archive, recipe.md5, progress):
            raise LabError(
                f"What {url} sends is not CIFAR-10's archive (twice its checksum was not "
                f"{recipe.md5}); try later, or put {ARCHIVE} into {place} by hand."
            )
    return said


class _Unreachable(Exception):
    """The network failed, which must not be taken for a full disk: both are OSError."""


def _fetch(url: str, archive: Path, md5: str, progress: Progress) -> bool:
    """Downloads to `archive`; False where what came is damaged, and nothing is kept of it."""
    if not url.startswith(("https://", "http://")):
        raise LabError(f"{url!r} is no web address; {MIRROR} must begin with https:// or http://.")
    part = archive.with_name(archive.name + _PART)
    try:
        digest = hashlib.md5(usedforsecurity=False)
        with part.open("wb") as written:
            for chunk in _received(url, progress):
                written.write(chunk)
                digest.update(chunk)
            written.flush()
            os.fsync(written.fileno())
        if digest.hexdigest() != md5:
            return False
        part.replace(archive)
        return True
    except _Unreachable as error:
        raise LabError(
            f"CIFAR-10 could not be fetched from {url} ({error}); check the connection and try "
            f"again, or put {ARCHIVE} into {archive.parent} by hand."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _received(url: str, progress: Progress) -> Iterator[bytes]:
    """What `url` sends, in chunks. A connection that breaks off raises _Unreachable."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:
            total = int(answer.headers.get("Content-Length") or 0)
            done = 0
            while chunk := answer.read(_CHUNK):
                yield chunk
                done += len(chunk)
                fraction = min(done / total, 1.0) if total else 0.0
                of_all = f" of {total / 1e6:.0f}" if total else ""
                progress(0.9 * fraction, f"downloading {done / 1e6:.0f}{of_all} MB")
    except (OSError, HTTPException, ValueError) as error:
        raise _Unreachable(getattr(error, "reason", None) or str(error)) from error
    if done < total:
        raise _Unreachable(f"the connection broke off after {done / 1e6:.0f} MB")


def _unpack(place: Path, recipe: Recipe) -> None:
    """Replaces the unpacked folder by what the archive holds, if that is whole."""
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=place))
    try:
        wanted = {f"{UNPACKED}/{name}": draft / name for name, _ in recipe.members}
        with tarfile.open(place / ARCHIVE, "r:gz") as archive:
            for member in archive:
                # only files that are asked for by name, so no entry can lead out of the folder
                source = archive.extractfile(member) if member.name in wanted else None
                if source is not None:
                    with wanted[member.name].open("wb") as written:
                        shutil.copyfileobj(source, written)
        for name, md5 in recipe.members:
            if _md5(draft / name) != md5:
                raise LabError(
                    f"{name} in the archive {place / ARCHIVE} is not what CIFAR-10 has there; "
                    "remove the archive and download it again."
                )
        draft.chmod(0o755)  # mkdtemp makes it private, but others on the machine may read this
        if (place / UNPACKED).exists():
            shutil.rmtree(place / UNPACKED)
        draft.replace(place / UNPACKED)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _md5(path: Path) -> str:
    """The MD5 of a file, or "" where there is none to read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError:
        return ""
