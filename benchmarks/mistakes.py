"""What the Mistakes page costs: heat maps, predictions, near-duplicates, filters, turning pages.

    python benchmarks/mistakes.py                     # some three minutes, on drawn shapes
    python benchmarks/mistakes.py --data FOLDER       # on a folder of images, such as CIFAR-10

Grad-CAM for 32 tiles runs in this process, on as many threads as torch takes; so do a network's
predictions for all test images, made and then found, and the nearest training images of each of
them as `sprint` sees them. The rest asks a server of its own, over its websocket, as a browser does
(and draws nothing): a change of the class filter in a gallery of all test images, then 500 turns of
the page, with the server's memory before and after. The targets, of issues 6 and 12: heat maps
under 1 s, near-duplicates under 20 s, a filter change under 200 ms at 10,000 predictions, memory
within 5%.
"""

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.session import Session
from core import paths
from core.data.sources import catalogue
from tests.e2e.server import LabServer

if TYPE_CHECKING:
    from core.data.image_set import ImageSet

SPRINT = paths.ASSETS / "weights" / "sprint.safetensors"
TILES = 32
CLASSES = 3  # that the filter is set to in turn


def heat_maps(weights_path: Path, images: object, rounds: int) -> list[float]:
    """Seconds of Grad-CAM for a page of tiles, one figure a round; the first is a warm-up."""
    import torch

    from core.mistakes.cam.explain import explain

    assert isinstance(images, torch.Tensor)
    seconds = []
    for number in range(rounds + 1):
        batch = images[number * TILES : (number + 1) * TILES]
        started = time.perf_counter()
        explain(weights_path, batch, [0] * len(batch))
        seconds.append(time.perf_counter() - started)
    return seconds[1:]


def heat_maps_beside_a_training(weights_path: Path, images: "ImageSet", rounds: int) -> list[float]:
    """The same while a run trains in another thread of the process, as on the lab's server."""
    from core.config.run_config import RunConfig
    from core.events import Event, Stepped
    from core.training.loop import fit

    stepping, stop = threading.Event(), threading.Event()

    def on_event(event: Event) -> None:
        if isinstance(event, Stepped):
            stepping.set()

    run = threading.Thread(
        target=fit,
        args=(RunConfig(), on_event, stop.is_set),
        kwargs={"load": lambda *given, **more: images},
    )
    run.start()
    try:
        stepping.wait(120)
        return heat_maps(weights_path, images.test_images, rounds)
    finally:
        stop.set()
        run.join()


def predicted(weights_path: Path, images: "ImageSet") -> tuple[float, float]:
    """Seconds of predictions for the test images: made by asking the network, and found again."""
    from core.runs.model_ref import ModelRef

    seconds = []
    with tempfile.TemporaryDirectory(prefix="lab-bench-") as folder:
        own = Path(shutil.copy(weights_path, Path(folder) / "asked.safetensors"))
        for _ in range(2):
            started = time.perf_counter()
            ModelRef.of_file(own).predictions(images)
            seconds.append(time.perf_counter() - started)
    return seconds[0], seconds[1]


def neighbors(images: "ImageSet") -> float:
    """Seconds of the nearest training images of every test image, as `sprint` sees them."""
    from core.mistakes.near_duplicates import find

    started = time.perf_counter()
    find(SPRINT, images)
    return time.perf_counter() - started


def filter_changes(session: Session, rounds: int) -> list[float]:
    """Seconds from a new true class to the end of the page's script."""
    seconds = []
    for number in range(rounds + 2):
        seen = session.change("True class", string_value=options(session)[1 + number % CLASSES])
        assert not seen.failed
        seconds.append(seen.seconds)
    session.change("True class", string_value=options(session)[0])
    return seconds[2:]


def options(session: Session) -> list[str]:
    """The entries of the menu of true classes."""
    return list(session.widgets[session.identity("True class")].options)


def turn(session: Session, turns: int) -> None:
    """Turn pages, forth and, at the end, back to the first."""
    for _ in range(turns):
        label = "Next" if not session.widgets[session.identity("Next")].disabled else "Back"
        assert not session.change(label, trigger_value=True).failed


def memory(process: int) -> float:
    """Resident memory of a process in MB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default=catalogue.READY, help=catalogue.NAMED)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--turns", type=int, default=500)
    given = parser.parse_args(arguments)

    with tempfile.TemporaryDirectory(prefix="lab-bench-") as folder:
        home = Path(folder)
        os.environ["CIFAR10_LAB_HOME"] = str(home)
        os.environ["CIFAR10_LAB_DATA"] = "" if given.data in catalogue.DATA_SETS else given.data
        from tests import finished_run

        images = catalogue.load(given.data)
        run = finished_run.make(home, images)
        count = len(images.test_labels)
        print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; "
              f"{images.title}, {count:,} test images; modular_97k")  # fmt: skip
        maps = heat_maps(run.weights_path("best"), images.test_images, given.rounds)
        show(f"Grad-CAM, {TILES} tiles", maps, "1 s")
        maps = heat_maps_beside_a_training(run.weights_path("best"), images, given.rounds)
        show(f"Grad-CAM, {TILES} tiles, while a run trains", maps, "1 s")
        made, found = predicted(run.weights_path("best"), images)
        print(f"predictions: made {made:.2f} s, found {found:.2f} s")
        print(f"near-duplicates by sprint of {count:,} among {len(images.train_labels):,} images: "
              f"{neighbors(images):.1f} s (target: under 20 s)", flush=True)  # fmt: skip
        opened = LabServer(home, data=os.environ["CIFAR10_LAB_DATA"])
        with opened as server, Session(server.url) as session:
            session.run("mistakes")
            show(f"filter change, {count:,} predictions",
                 filter_changes(session, 3 * given.rounds), "0.2 s")  # fmt: skip
            turn(session, min(50, given.turns))  # so that what is loaded once is loaded
            before = memory(server.pid)
            turn(session, given.turns)
            after = memory(server.pid)
        print(f"memory after {given.turns} pages turned: {before:,.0f} -> {after:,.0f} MB, "
              f"{100 * (after / before - 1):+.1f}% (target: within 5%)")  # fmt: skip


def show(what: str, seconds: list[float], target: str) -> None:
    print(f"{what}: median {statistics.median(seconds):.3f} s, "
          f"{min(seconds):.3f} to {max(seconds):.3f}, {len(seconds)} times "
          f"(target: under {target})", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
