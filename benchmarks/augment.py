"""Augmentation, compared in one process: `python benchmarks/augment.py --data FOLDER`.

The policy `assignment` on the training images of a data set, by

- albumentations, image by image, on one core: its Compose with Normalize and ToTensorV2 in a
  torch Dataset and DataLoader, as it is written everywhere;
- the same with two worker processes;
- the lab's own albumentations engine, which does without some of that, in this thread;
- kornia, where it is installed (`pip install kornia==0.9.0`), on batches, doing the same;
- the lab's batched engine on a CPU, with the threads that torch is given, and on CUDA where there
  is one.

They take turns on stretches of the data, several rounds, so that a machine that is slow for a while
is slow for all of them; a ratio is the median over the rounds. Memory is measured apart, as the
peak of what torch allocates on top of the data set while batches are made. The share of a training
step that is spent on data is measured with `modular_97k`.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import core  # noqa: F401  (first: it tells OpenMP how to wait, before torch is loaded)

# isort: split

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from benchmarks.plain import PerImage, one_thread
from core.augment.engine import library
from core.augment.engine.loader import Batches
from core.augment.policies import named
from core.data.image_set import ImageSet
from core.data.sources import catalogue

warnings.filterwarnings("ignore", category=UserWarning)
POLICY = named("assignment")
Stream = Iterator[tuple[Tensor, Tensor]]
Way = Callable[[int], Stream]  # the number of a round -> batches without end


def by_loader(images: ImageSet, batch: int, workers: int) -> Way:
    dataset = PerImage(images.train_images, images.train_labels, POLICY, images.mean, images.std)

    def stream(number: int) -> Stream:
        loader = DataLoader(
            dataset, batch, shuffle=True, num_workers=workers, drop_last=True,
            persistent_workers=workers > 0, worker_init_fn=one_thread,
        )  # fmt: skip
        while True:
            yield from loader

    return stream


def by_engine(images: ImageSet, batch: int, engine: str, device: str = "cpu") -> Way:
    made = Batches(
        POLICY, images.train_images, images.train_labels, mean=images.mean, std=images.std,
        classes=len(images.class_names), batch_size=batch, device=torch.device(device), seed=0,
        engine=engine, drop_last=True,
    )  # fmt: skip

    def stream(number: int) -> Stream:
        while True:
            yield from made.epoch(number)
            number += 1000

    return stream


def by_kornia(images: ImageSet, batch: int) -> Way | None:
    try:
        import kornia.augmentation as K
    except ImportError:
        return None

    class Hole(K.RandomErasing):
        """RandomErasing of a square of 16 pixels, filled with the mean, which is 0 by then."""

    # kornia's erasing fills with one number, so it comes after Normalize, where the mean is 0
    steps = torch.nn.Sequential(
        K.RandomHorizontalFlip(p=0.5),
        K.RandomAffine(degrees=45.0, translate=(0.0625, 0.0625), scale=(0.9, 1.1, 0.9, 1.1), p=0.5),
        K.Normalize(torch.tensor(images.mean), torch.tensor(images.std)),
        Hole(scale=(0.25, 0.25), ratio=(1.0, 1.0), value=0.0, p=0.5),
    )

    def stream(number: int) -> Stream:
        while True:
            for rows in torch.randperm(len(images.train_labels)).split(batch):
                if len(rows) == batch:
                    levels = images.train_images[rows].to(torch.float32) / 255
                    yield steps(levels), images.train_labels[rows]

    return stream


def rate(stream: Stream, count: int, device: str = "cpu") -> float:
    """Images a second over the next `count` images."""
    done, start = 0, time.perf_counter()
    for part, _ in stream:
        done += len(part)
        if done >= count:
            break
    if device == "cuda":
        torch.cuda.synchronize()
    return done / (time.perf_counter() - start)


def take_turns(
    ways: dict[str, tuple[Way, int, int]], rounds: int, threads: int
) -> dict[str, list[float]]:
    """Images a second, one figure a round; each way has its number of threads and of images."""
    import cv2

    streams = {}
    for name, (way, own, count) in ways.items():
        torch.set_num_threads(own)
        cv2.setNumThreads(0)
        streams[name] = way(0)
        rate(streams[name], max(count // 8, 512))  # start processes, fill caches
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (_, own, count) in ways.items():
            torch.set_num_threads(own)
            found[name].append(rate(streams[name], count, "cuda" if "CUDA" in name else "cpu"))
    torch.set_num_threads(threads)
    for stream in streams.values():
        stream.close()  # type: ignore[attr-defined]
    return found


def memory(images: ImageSet, batch: int) -> float:
    """The peak of what torch allocates while a batch is made, in float32 batches."""
    from torch.profiler import ProfilerActivity, profile

    made = Batches(
        POLICY, images.train_images[: 4 * batch], images.train_labels[: 4 * batch],
        mean=images.mean, std=images.std, classes=10, batch_size=batch,
        device=torch.device("cpu"), seed=0, engine="batched",
    )  # fmt: skip
    stream = made.epoch(0)
    next(stream)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        next(stream)
    now = peak = 0
    for event in profiled.profiler.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            peak = max(peak, now)
    return peak / (batch * images.train_images[0].numel() * 4)


def share_of_step(images: ImageSet, batch: int, steps: int) -> float:
    """The share of a training step that waits for the batched engine, modular_97k on the CPU."""
    from core.config.run_config import NetworkConfig
    from core.networks.building import build

    torch.manual_seed(0)
    model = build(NetworkConfig("modular_97k"), len(images.class_names)).train()
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    stream = by_engine(images, batch, "batched")(0)
    waited = worked = 0.0
    for step in range(steps + 2):
        start = time.perf_counter()
        inputs, labels = next(stream)
        ready = time.perf_counter()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
        if step >= 2:
            waited += ready - start
            worked += time.perf_counter() - ready
    return waited / (waited + worked)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=catalogue.PREFERRED, help=catalogue.NAMED)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=50_000, help="images a round (fast ways)")
    parser.add_argument("--slow-images", type=int, default=10_000, help="images a round (others)")
    parser.add_argument("--threads", type=int, default=min(os.cpu_count() or 1, 2))
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    args = parser.parse_args()

    images = catalogue.load(args.data)
    slow, fast, threads = args.slow_images, args.images, args.threads
    ways: dict[str, tuple[Way, int, int]] = {
        "albumentations, one core": (by_loader(images, args.batch, 0), 1, slow),
        "albumentations, two workers": (by_loader(images, args.batch, 2), 1, slow),
        "albumentations engine, one core": (
            by_engine(images, args.batch, "albumentations"), 1, slow,
        ),
        f"batched, CPU, {threads} threads": (
            by_engine(images, args.batch, "batched"), threads, fast,
        ),
        "batched, CPU, 1 thread": (by_engine(images, args.batch, "batched"), 1, fast),
    }  # fmt: skip
    kornia = by_kornia(images, args.batch)
    if kornia is not None:
        ways[f"kornia, {threads} threads"] = (kornia, threads, slow)
    if torch.cuda.is_available():
        ways["batched, CUDA"] = (by_engine(images, args.batch, "batched", "cuda"), threads, fast)
    found = take_turns(ways, args.rounds, threads)
    used = {str(batch): memory(images, batch) for batch in (args.batch, 512)}
    share = share_of_step(images, args.batch, 20)
    answer = {
        "data": images.title,
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "torch": torch.__version__,
        "albumentations": library.VERSION,
        "batch": args.batch,
        "rounds": args.rounds,
        "images_per_second": found,
        "memory_in_batches": used,
        "share_of_step_on_data": share,
    }
    print(json.dumps(answer, indent=2) if args.json else table(answer))
    return 0


def table(answer: dict[str, Any]) -> str:
    """Markdown: images a second (median and range) and the ratio to albumentations on one core."""
    found: dict[str, list[float]] = answer["images_per_second"]
    base = found["albumentations, one core"]
    lines = [
        f"{answer['data']}, policy `assignment`, batches of {answer['batch']}, "
        f"{answer['rounds']} rounds in turn; {answer['machine']}, torch {answer['torch']}, "
        f"albumentations {answer['albumentations']}.",
        "",
        "| | images/s, median (lowest to highest) | x albumentations, one core |",
        "|---|---|---|",
    ]
    for name, rates in found.items():
        ratio = statistics.median(np.array(rates) / np.array(base))
        lines.append(
            f"| {name} | {statistics.median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f}) "
            f"| {ratio:.1f} |"
        )
    batched = next(rates for name, rates in found.items() if "threads" in name and "CPU" in name)
    for name, rates in found.items():
        if name.startswith("kornia"):
            ratio = statistics.median(np.array(batched) / np.array(rates))
            lines += ["", f"Batched is {ratio:.1f} times kornia with the same threads."]
    for batch, share in answer["memory_in_batches"].items():
        lines += ["", f"Peak memory for a batch of {batch}: {share:.2f} of the batch in float32."]
    lines += ["", f"Share of a training step of modular_97k on data: "
              f"{100 * answer['share_of_step_on_data']:.1f}%."]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
