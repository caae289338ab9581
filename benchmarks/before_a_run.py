"""What a class waits for before a run: the forecast of its length, the learning-rate range test.

    python benchmarks/before_a_run.py --data FOLDER                # some three minutes
    python benchmarks/before_a_run.py --data FOLDER --recipe doc_003

The forecast times ten steps at each size of the images and an evaluation; the run that it is about
is then trained, shortened to `--epochs`, and the seconds from its first step to its end are what
the forecast is held against. The range test is timed to its first point and to its last.
"""

import argparse
import os
import platform
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import core  # noqa: F401  (first: it tells OpenMP how to wait, before torch is loaded)
from core.config.run_config import RunConfig
from core.data.image_set import ImageSet
from core.data.sources import catalogue
from core.events import Event, Started
from core.training.forecast import Forecasts
from core.training.loop import fit
from core.training.range_test import range_test
from core.training.recipes import RECIPES


def never() -> bool:
    return False


def forecast(config: RunConfig, images: ImageSet) -> tuple[float, float]:
    """Seconds that the run is said to take, and seconds that it took to say so."""
    begun = time.perf_counter()
    seconds = Forecasts().seconds(config, images)
    assert seconds is not None  # nothing stops it here
    return seconds, time.perf_counter() - begun


def trained(config: RunConfig, images: ImageSet) -> float:
    """Seconds from the first step of the run to its end."""
    started = [0.0]

    def on_event(event: Event) -> None:
        if isinstance(event, Started):
            started[0] = time.perf_counter()

    fit(config, on_event, never, load=lambda *given, **more: images)
    return time.perf_counter() - started[0]


def ranged(config: RunConfig, images: ImageSet) -> tuple[float, float, int]:
    """Seconds of a range test to its first point and to its end, and its number of points."""
    begun = time.perf_counter()
    points: list[float] = []
    found = range_test(
        config,
        lambda rate, loss: points.append(time.perf_counter() - begun),
        never,
        load=lambda *given, **more: images,
    )
    return points[0], time.perf_counter() - begun, len(found.rates)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="shapes")
    parser.add_argument("--recipe", default="sprint", choices=RECIPES.names())
    parser.add_argument("--epochs", type=int, default=2, help="of the run that is trained")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)

    images = catalogue.load(options.data)
    config = RECIPES[options.recipe].config
    config = replace(config, training=replace(config.training, epochs=options.epochs))
    print(
        f"{images.title}; `{options.recipe}`, {options.epochs} epochs. "
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}."
    )
    print(
        "\n| | forecast, s | real, s | real over forecast | to forecast, s |\n|---|---|---|---|---|"
    )
    for number in range(1, options.rounds + 1):
        seconds, took = forecast(config, images)
        real = trained(config, images)
        print(
            f"| round {number} | {seconds:.1f} | {real:.1f} | {real / seconds:.2f} | {took:.1f} |"
        )
    print("\n| range test | first point, s | whole, s | steps |\n|---|---|---|---|")
    for number in range(1, options.rounds + 1):
        first, whole, steps = ranged(config, images)
        print(f"| round {number} | {first:.1f} | {whole:.1f} | {steps} |")


if __name__ == "__main__":
    main()
