"""Images from a folder: decoded once by several threads, then read from a cache."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core import paths
from core.data import cache, folder_layout, image_file
from core.data.image_set import ImageSet
from core.data.statistics import mean_and_std
from core.errors import LabError
from core.progress import Progress, silent

_READING = "2"  # raise it when image_file.py gives other pixels, so that old caches are not used
_BLOCK = 250  # files a thread takes at a time
_NAMED = 3  # unreadable files that a message names


def load(source: str, progress: Progress = silent) -> ImageSet:
    """The images of the folder `source`, all of them 32x32.

    Raises:
        LabError: the folder is not as `folder_layout.scan` demands, or files in it cannot be read.
    """
    progress(0.0, "listing the folder")
    found = folder_layout.scan(source)
    fingerprint = f"{_READING}-{found.fingerprint}"
    place = cache.path(_cache_name(found.root))
    stored = cache.read(place, fingerprint)
    if stored is not None:
        tensors, facts = stored
        notes = tuple(facts["notes"])
    else:
        tensors, notes = _decode(found, progress)
        progress(1.0, "storing the decoded images")
        facts = {"notes": notes, "mean": [], "std": []}
        mean, std = mean_and_std(tensors["train_images"])
        facts.update(mean=mean, std=std)
        try:
            cache.write(place, fingerprint, tensors, facts)
        except OSError as error:
            reason = error.strerror or str(error)
            notes = (
                *notes,
                f"The decoded images could not be stored in {place.parent} ({reason}), so they "
                "will be decoded again at the next start.",
            )
    return _image_set(source, found, tensors, facts, notes)


def _image_set(
    source: str,
    found: folder_layout.Tree,
    tensors: dict[str, Tensor],
    facts: dict[str, Any],
    notes: tuple[str, ...],
) -> ImageSet:
    return ImageSet(
        source=source,
        title=found.root.name,
        train_images=tensors["train_images"],
        train_labels=torch.tensor(found.train.labels),
        test_images=tensors["test_images"],
        test_labels=torch.tensor(found.test.labels),
        class_names=found.class_names,
        mean=tuple(facts["mean"]),
        std=tuple(facts["std"]),
        notes=notes,
    )


def _decode(
    found: folder_layout.Tree, progress: Progress
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    total = len(found.train.files) + len(found.test.files)
    tensors: dict[str, Tensor] = {}
    done = resized = 0
    unreadable: list[str] = []
    for name, files in (("train_images", found.train.files), ("test_images", found.test.files)):
        shape = (len(files), 3, image_file.SIZE, image_file.SIZE)
        tensors[name] = torch.empty(shape, dtype=torch.uint8)
        for block, resized_here, bad in _blocks(found.root, files, tensors[name].numpy()):
            resized += resized_here
            unreadable += bad
            done += block
            progress(done / total, f"decoding {done:,} of {total:,} images")
    if unreadable:
        raise LabError(_unreadable(found.root, sorted(unreadable)))
    notes: tuple[str, ...] = ()
    if resized:
        notes = (
            f"{resized:,} of {total:,} images had another size and were resized to "
            f"{image_file.SIZE}x{image_file.SIZE}.",
        )
    return tensors, notes


def _blocks(
    root: Path, files: Sequence[str], pixels: NDArray[np.uint8]
) -> Iterator[tuple[int, int, list[str]]]:
    """Fills `pixels`; yields for each finished block its length, resized files, unreadable ones."""

    def work(start: int) -> tuple[int, int, list[str]]:
        resized, bad = 0, []
        block = files[start : start + _BLOCK]
        for row, name in enumerate(block, start):
            try:
                tile, changed = image_file.read(root / name)
                pixels[row] = tile.transpose(2, 0, 1)
                resized += changed
            except LabError:
                bad.append(name)
        return len(block), resized, bad

    # A decoder lets go of the interpreter while it works, so threads do help; the listener is
    # called here, in the caller's thread, for a page's progress bar works in no other.
    pool = ThreadPoolExecutor(min(8, os.cpu_count() or 1), "decode")
    try:
        for job in as_completed([pool.submit(work, at) for at in range(0, len(files), _BLOCK)]):
            yield job.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _unreadable(root: Path, names: list[str]) -> str:
    listed = ", ".join(paths.shown(root / name) for name in names[:_NAMED])
    if len(names) == 1:
        return f"The image {listed} cannot be read; replace it or remove it."
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(names)} images cannot be read: {listed}{more}; replace or remove them."


def _cache_name(root: Path) -> str:
    return f"{root.name}-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}"
