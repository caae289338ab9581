"""An archive of CIFAR's kind: fetched by pooch, unpacked, and never used damaged or by half.

Both steps work in a folder beside the final name and rename when the checksums are right. The
archive's address and every checksum are torchvision's knowledge, read from its class.
"""

import os
import shutil
import tarfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core import paths
from core.errors import LabError
from core.progress import Progress

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10

_UNFINISHED = ".part"  # what it ends in was left by a process that was killed
_CHUNK = 1 << 18
_TIMEOUT = 30  # seconds without a byte after which a connection counts as lost
_alone = threading.Lock()  # two sessions of one server must not fetch at the same time


@dataclass(frozen=True)
class Archive:
    """A data set's archive `filename`, which unpacks to the folder `unpacked`, by names alone.

    `megabytes` to fetch, `room` megabytes on disk in all; the environment variable `mirror` may
    name another address of the same archive.
    """

    data_set: str
    title: str
    filename: str
    unpacked: str
    megabytes: int
    room: int
    mirror: str

    @property
    def folder(self) -> Path:
        """Where the archive belongs, whoever puts it there."""
        return paths.data_folder() / self.data_set

    def is_unpacked(self) -> bool:
        """Whether it was unpacked; `provide` reads the files."""
        return (self.folder / self.unpacked).is_dir()

    def is_fetched(self) -> bool:
        """Whether an archive is there."""
        return (self.folder / self.filename).is_file()

    def provide(
        self, dataset: "type[CIFAR10]", progress: Progress, *, download: bool
    ) -> tuple[str, ...]:
        """Makes sure that the unpacked files are there and whole; says what had to be put right.

        Takes them from the archive if there is one, and fetches that if `download` allows it.

        Raises:
            LabError: there is nothing whole and the network is not allowed or does not help, or
                the disk cannot be written.
        """
        with _alone:
            progress(0.0, "checking what is there")
            if _whole(self.folder / self.unpacked, dataset):
                return ()
            notes = []
            if (self.folder / self.unpacked).exists():
                notes.append(
                    f"The unpacked {self.title} files were incomplete and were unpacked again."
                )
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                notes += self._remove_unfinished()
                notes += self._fetch_whole(dataset, progress, download)
                progress(0.92, "unpacking")
                self._unpack(dataset)
            except OSError as error:
                reason = error.strerror or str(error)
                raise LabError(
                    f"{self.title} could not be stored in {self.folder} ({reason}); it needs "
                    f"{self.room} MB there: make room, or name another folder in CIFAR10_LAB_HOME."
                ) from error
            return tuple(notes)

    def _remove_unfinished(self) -> list[str]:
        """Removes what a killed process left, which may hold half of anything."""
        left = [*self.folder.glob(f"*{_UNFINISHED}"), *self.folder.glob("unpacking-*")]
        for path in left:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return ["An earlier download had been interrupted; it was thrown away."] if left else []

    def _fetch_whole(
        self, dataset: "type[CIFAR10]", progress: Progress, download: bool
    ) -> list[str]:
        """Leaves an archive with the right checksum in the folder."""
        from torchvision.datasets.utils import check_integrity

        archive, md5 = self.folder / self.filename, dataset.tgz_md5
        notes = []
        if archive.exists():
            if check_integrity(archive, md5):
                return []
            if not download:
                raise LabError(
                    f"The archive {archive} is damaged (its checksum is not {md5}); download it "
                    "again or put a whole one in its place."
                )
            notes.append(f"The {self.title} archive was damaged; it was fetched again.")
        elif not download:
            raise LabError(
                f"{self.title} is not here yet; download it ({self.megabytes} MB), or put "
                f"{self.filename} into {self.folder}, or carry on with the shapes."
            )
        url = os.environ.get(self.mirror) or dataset.url
        if not self._fetch(url, md5, progress):
            notes.append(f"The download of {self.title} arrived damaged; it was fetched again.")
            progress(0.0, "the download arrived damaged: fetching it again")
            if not self._fetch(url, md5, progress):
                raise LabError(
                    f"What {url} sends is not {self.title}'s archive (twice its checksum was not "
                    f"{md5}); try later, or put {self.filename} into {self.folder} by hand."
                )
        return notes

    def _fetch(self, url: str, md5: str, progress: Progress) -> bool:
        """Downloads the archive; False where what came is damaged, and nothing is kept of it."""
        import pooch
        import requests

        if not url.startswith(("https://", "http://")):
            raise LabError(
                f"{url!r} is no web address; {self.mirror} must begin with https:// or http://."
            )
        part = self.folder / (self.filename + _UNFINISHED)
        pooch.get_logger().setLevel("WARNING")  # else it writes into the command line's output
        fetch = pooch.HTTPDownloader(_Bar(progress), _CHUNK, timeout=_TIMEOUT)
        try:
            pooch.retrieve(url, f"md5:{md5}", self.filename, part, downloader=fetch)
            (part / self.filename).replace(self.folder / self.filename)
            return True
        except requests.RequestException as error:
            raise LabError(
                f"{self.title} could not be fetched from {url} ({error}); check the connection "
                f"and try again, or put {self.filename} into {self.folder} by hand."
            ) from error
        except ValueError:  # how pooch says that the checksum is another
            return False
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _unpack(self, dataset: "type[CIFAR10]") -> None:
        """Replaces the unpacked folder by what the archive holds, if that is whole."""
        part = self.folder / (self.unpacked + _UNFINISHED)
        needed = {f"{self.unpacked}/{name}" for name in _checksums(dataset)}
        try:
            with tarfile.open(self.folder / self.filename, "r:gz") as archive:
                # only files that are asked for by name, so no entry can lead out of the folder
                members = [member for member in archive if member.name in needed]
                archive.extractall(part, members, filter="data")
            if not _whole(part / self.unpacked, dataset):
                raise LabError(
                    f"What is in the archive {self.folder / self.filename} is not what "
                    f"{self.title} has there; remove the archive and download it again."
                )
            shutil.rmtree(self.folder / self.unpacked, ignore_errors=True)
            (part / self.unpacked).replace(self.folder / self.unpacked)
        finally:
            shutil.rmtree(part, ignore_errors=True)


class _Bar:
    """The progress bar that pooch fills, as our listeners want it."""

    def __init__(self, progress: Progress) -> None:
        self.total, self._done, self._progress = 0, 0, progress

    def update(self, size: int) -> None:
        self._done += size
        done = min(self._done, self.total) if self.total else self._done
        of_all = f" of {self.total / 1e6:.0f}" if self.total else ""
        fraction = 0.9 * done / self.total if self.total else 0.0
        self._progress(fraction, f"downloading {done / 1e6:.0f}{of_all} MB")

    def reset(self) -> None:
        """Called when all has arrived, before `update` is called with the whole once more."""
        self._done = 0

    def close(self) -> None:
        """There is nothing to close."""


def _checksums(dataset: "type[CIFAR10]") -> dict[str, str]:
    """The MD5 of every file that is needed, by name."""
    files = {str(name): str(md5) for name, md5 in [*dataset.train_list, *dataset.test_list]}
    return {**files, dataset.meta["filename"]: dataset.meta["md5"]}


def _whole(folder: Path, dataset: "type[CIFAR10]") -> bool:
    """Whether every file is there and has the right checksum."""
    from torchvision.datasets.utils import check_integrity

    return all(check_integrity(folder / name, md5) for name, md5 in _checksums(dataset).items())
