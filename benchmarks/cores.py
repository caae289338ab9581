"""What sharing out a processor's cores brings: `python benchmarks/cores.py --data FOLDER`.

Whole steps of a recipe by the lab's loop (`core.training.loop.fit` itself, held between steps) at
full image size, each batch learned from whole and in parts by replicas of the network
(core/training/replicas.py); and Muon's step of the same network's matrices, by all of torch's
threads and by one (core/optim/muon.py). They take turns, see turns.py; what counts is the ratio.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import core  # noqa: F401  (first: it tells OpenMP how to wait, before torch is loaded)

# isort: split

import torch

from benchmarks.turns import Ours, Way, few, machine, ratio, repeated, spread, take_turns
from core import allocator, threads
from core.data.image_set import ImageSet
from core.data.sources import catalogue
from core.networks.building import build
from core.training.recipes import RECIPES

WHOLE, ALL, ONE = "whole batches", "Muon by all threads", "Muon by one thread"


def measure(
    images: ImageSet, recipe: str, counts: Sequence[int], steps: int, rounds: int
) -> dict[str, list[float]]:
    """Seconds a step of each way, one figure a round."""
    config = RECIPES[recipe].config
    ways: dict[str, Way] = {}
    with ExitStack() as stack:
        for count in (1, *counts):
            training = replace(config.training, replicas=count, initial_image_size=0, device="cpu")
            ours = Ours(replace(config, training=training), few(images, test=500))
            stack.callback(ours.close)
            if ours.started is not None and ours.started.replicas != count:
                raise SystemExit(f"{recipe} is not learned in {count} parts. {ours.started.note}")
            ways[WHOLE if count == 1 else f"{count} replicas"] = ours.steps
        alone = stack.enter_context(threads.pool(1, 1))
        muon = _muon(build(config.network, 10))
        ways[ALL] = repeated(muon.step)
        ways[ONE] = repeated(lambda: alone.submit(muon.step).result())
        return take_turns(ways, steps, rounds, warm=steps)


def _muon(model: torch.nn.Module) -> torch.optim.Optimizer:
    """Of the full convolutions of hidden layers, with gradients."""
    full = [m.weight for m in model.modules() if isinstance(m, torch.nn.Conv2d) and m.groups == 1]
    matrices = [torch.nn.Parameter(weight.detach().flatten(1).clone()) for weight in full[1:]]
    for matrix in matrices:
        matrix.grad = torch.randn_like(matrix)
    return torch.optim.Muon(matrices, 1e-4)


def table(answers: dict[str, dict[str, list[float]]], title: str, steps: int, rounds: int) -> str:
    """Markdown."""
    lines = [
        f"{title}; batches of the recipes, {rounds} rounds of {steps} steps in turn. {machine()}.",
        "",
        "| recipe | | ms a step, median (middle half) | times as quick |",
        "|---|---|---|---|",
    ]
    for recipe, found in answers.items():
        for name, figures in found.items():
            took = spread([1000 * figure for figure in figures]).show(".1f")
            first = found[ALL if name in (ALL, ONE) else WHOLE]
            over = "" if figures is first else ratio(first, figures).show()
            lines.append(f"| `{recipe}` | {name} | {took} | {over} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=catalogue.PREFERRED, help=catalogue.NAMED)
    parser.add_argument("--recipes", nargs="+", default=["sprint", "summit"], choices=list(RECIPES))
    parser.add_argument("--replicas", type=int, nargs="+", default=[2])
    parser.add_argument("--steps", type=int, default=8, help="of each way in a round")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--images", type=int, default=0, help="only so many training images")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    args = parser.parse_args(arguments)
    allocator.keep_memory()
    images = few(catalogue.load(args.data), args.images)
    answers: dict[str, Any] = {
        recipe: measure(images, recipe, args.replicas, args.steps, args.rounds)
        for recipe in args.recipes
    }
    if args.json:
        print(json.dumps(answers, indent=1))
    else:
        print(table(answers, images.title, args.steps, args.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
