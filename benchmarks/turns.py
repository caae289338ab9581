"""Taking turns: how the benchmarks of training compare, on machines that are slow for a while.

A way of training does so many steps when it is asked to and is silent otherwise; all ways take
their turns in each round, in an order that rotates, so that whatever else the machine does slows
them alike. What counts is the ratio within a round; told are its median and its middle half.
"""

import os
import platform
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from core.config.run_config import RunConfig
from core.data.image_set import ImageSet
from core.events import (
    EpochEnded,
    Event,
    Started,
    Stepped,
)
from core.training.loop import fit
from core.training.setup import make_batches

Way = Callable[[int], float]  # does so many steps; returns the seconds they took
ENDLESS = 1000  # epochs, so that a schedule and growing images stand still while we measure


def machine() -> str:
    """What the figures were measured on, in a few words: graphics card, processor, torch."""
    card = f"{torch.cuda.get_device_name()}, " if torch.cuda.is_available() else ""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{card}{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads of "
        f"torch {torch.__version__}, Python {platform.python_version()}{load}"
    )


def _processor() -> str:
    """The processor's name, where the system tells it."""
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def now() -> float:
    """Seconds; waits for a graphics card to finish what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def repeated(act: Callable[[], object]) -> Way:
    """The way that does no more in a step than `act`."""

    def steps(count: int) -> float:
        begun = now()
        for _ in range(count):
            act()
        return now() - begun

    return steps


def take_turns(
    ways: Mapping[str, Way], steps: int, rounds: int, warm: int = 5
) -> dict[str, list[float]]:
    """Seconds a step of each way, one figure a round; `warm` steps of each come first, untold."""
    for way in ways.values():
        way(warm)
    names = list(ways)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            found[name].append(ways[name](steps) / steps)
    return found


@dataclass(frozen=True)
class Spread:
    """The middle of some figures and how far they lie apart."""

    median: float
    low: float  # a quarter of the figures is lower
    high: float  # a quarter is higher

    def show(self, form: str = ".2f") -> str:
        return f"{self.median:{form}} ({self.low:{form}} to {self.high:{form}})"


def spread(figures: Sequence[float]) -> Spread:
    """Median and middle half; the figure itself, three times, where there is only one."""
    if len(figures) < 2:
        return Spread(figures[0], figures[0], figures[0])
    low, _, high = statistics.quantiles(figures, n=4, method="inclusive")
    return Spread(statistics.median(figures), low, high)


def ratio(over: Sequence[float], under: Sequence[float]) -> Spread:
    """Of the figures of each round."""
    return spread([first / second for first, second in zip(over, under, strict=True)])


def few(images: ImageSet, train: int = 0, test: int = 0) -> ImageSet:
    """The first so many images of each part; 0 keeps all."""
    train, test = train or len(images.train_labels), test or len(images.test_labels)
    return replace(
        images,
        train_images=images.train_images[:train],
        train_labels=images.train_labels[:train],
        test_images=images.test_images[:test],
        test_labels=images.test_labels[:test],
    )


class Ours:
    """The lab's own `fit`, in a thread that works only while it is asked to and then stands still.

    It is held where the loop asks whether it should stop: a batch is at hand, its step comes next.
    So from one hold to another there are whole steps, each with the making of a batch.
    """

    def __init__(self, config: RunConfig, images: ImageSet) -> None:
        training = replace(config.training, epochs=ENDLESS, hold_out=0, target_accuracy=0.0, seed=0)
        self.config = replace(config, training=training)
        self.started: Started | None = None
        self.endings: list[float] = []  # seconds from an epoch's last step until it has ended
        self._images = images
        self._asked = 0  # in this epoch
        self._left = 0  # steps until it stands still again
        self._closing = False
        self._last_step = 0.0
        self._problem: BaseException | None = None
        self._go, self._still = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._wait()

    def steps(self, count: int) -> float:
        """Do so many steps; returns the seconds. A stretch across an epoch's end is done again."""
        assert self.started is not None
        if count >= self.started.steps_per_epoch:
            raise SystemExit(
                f"An epoch has {self.started.steps_per_epoch} steps, {count} cannot be measured: "
                "give fewer --steps or more images."
            )
        while True:
            ended, begun = len(self.endings), now()
            self._resume(count)
            seconds = now() - begun
            if len(self.endings) == ended:
                return seconds

    def ending(self) -> float:
        """Seconds of what comes after an epoch's last step: the images that are evaluated."""
        assert self.started is not None
        ended = len(self.endings)
        while len(self.endings) == ended:
            self._resume(self.started.steps_per_epoch - self._asked + 1)
        return self.endings[-1]

    def close(self) -> None:
        self._closing = True
        self._go.release()
        self._thread.join(30)

    def _resume(self, count: int) -> None:
        self._left = count
        self._go.release()
        self._wait()

    def _wait(self) -> None:
        self._still.acquire()
        if self._problem is not None:
            raise self._problem

    def _run(self) -> None:
        try:
            fit(self.config, self._on_event, self._should_stop, load=lambda *_: self._images)
        except BaseException as problem:
            self._problem = problem
        finally:
            self._still.release()

    def _on_event(self, event: Event) -> None:
        match event:
            case Started():
                self.started = event
            case Stepped():
                self._last_step = now()
            case EpochEnded():
                self.endings.append(now() - self._last_step)
                self._asked = 0

    def _should_stop(self) -> bool:
        assert self.started is not None
        if self._asked == self.started.steps_per_epoch:  # the evaluation is asking
            return self._closing
        self._asked += 1
        if self._left > 0:
            self._left -= 1
        if self._left == 0:
            self._still.release()
            self._go.acquire()
        return self._closing


def data_alone(config: RunConfig, images: ImageSet, device: torch.device) -> Way:
    """The making of our loop's batches, and nothing else."""
    made = make_batches(config, images, device, drop_last=True)
    if not len(made):
        raise SystemExit(f"Give at least {config.training.batch_size} training images, one batch.")

    def endless() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for number in range(1, 1_000_000):
            yield from made.epoch(number)

    stream = endless()

    def steps(count: int) -> float:
        begun = now()
        for _ in range(count):
            next(stream)
        return now() - begun

    return steps
