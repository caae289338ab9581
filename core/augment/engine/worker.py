"""A worker process of the albumentations engine: `python -m core.augment.engine.worker`.

It is a plain child process that speaks over its standard input and output, and not one of
multiprocessing's: those import the parent's main module again, which under Streamlit is the page,
and forking a server with many threads can lock up. It needs no torch, so it starts in about a
second. When its parent goes, its input ends and so does it.
"""

import os
import pickle
import queue
import random
import sys
import threading
import traceback
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Job(NamedTuple):
    """One batch to augment: uint8 (B, H, W, 3), and the seed of what is sampled."""

    images: NDArray[np.uint8]
    seed: tuple[int, ...]


def augment(compose: Any, images: NDArray[np.uint8], seed: tuple[int, ...]) -> NDArray[Any]:
    """(B, H, W, 3): each image through albumentations; equal seeds and B give equal images."""
    numbers = np.random.default_rng(seed)
    # One pair of generators for the whole Compose: with Compose.set_random_seed each transform
    # would start from the same seed, and a flip would always come with a rotation.
    compose.set_random_state(numbers, random.Random(int(numbers.integers(2**63))))
    return np.stack([compose(image=image)["image"] for image in images])


def _read(stream: BinaryIO, jobs: "queue.SimpleQueue[Job | None]") -> None:
    try:
        while True:
            jobs.put(pickle.load(stream))
    except (EOFError, OSError):
        jobs.put(None)


def main() -> int:
    # Results go out on what was standard output; whatever a library prints goes to the error log.
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    source = sys.stdin.buffer
    policy, mean, std = pickle.load(source)
    sys.modules["albumentations.pytorch"] = None  # type: ignore[assignment]  # would load torch
    import cv2

    from core.augment.engine.library import compose

    cv2.setNumThreads(1)
    pipeline = compose(policy, mean, std)
    # A thread empties the input, so that the parent never waits to write while we wait to write.
    jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(source, jobs), daemon=True).start()
    while (job := jobs.get()) is not None:
        answer: Any
        try:
            answer = augment(pipeline, job.images, job.seed)
        except Exception:
            answer = traceback.format_exc()
        try:
            pickle.dump(answer, results, protocol=5)
            results.flush()
        except BrokenPipeError:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
