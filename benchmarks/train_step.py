"""How fast the lab's loop trains: `python benchmarks/train_step.py --data FOLDER`.

Images a second on `modular_97k`, batches of 128, by

- the lab's loop (`core.training.loop.fit` itself, held between steps) with the policy `assignment`
  and whatever precision, compilation and engine `auto` chooses;
- the plain loop, as document 003 runs it: albumentations image by image in a DataLoader, float32,
  NCHW; with no worker process and with two, for the document does not say (the faster one counts);
- the bound: the same network in the lab's precision, on batches that lie ready, with nothing else
  done in a step than forward, backward and the optimizer's step;
- and, for the share of a step that goes into data, the making of the lab's batches alone.

They take turns, see turns.py. The plain loop has a process of its own, where memory is kept as the
system keeps it; the others keep it as `python -m core` does (core/allocator.py).
Wanted: at least 2.5 times the plain loop (on two cores), at least 0.9 of the bound.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import core  # noqa: F401  (first: it tells OpenMP how to wait, before torch is loaded)

# isort: split

import torch

from benchmarks.apart import Apart
from benchmarks.plain import Plain
from benchmarks.turns import Ours, Way, data_alone, few, machine, now, ratio, spread, take_turns
from core import allocator
from core.augment import policies
from core.augment.engine import library
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.data.image_set import ImageSet
from core.data.sources import catalogue
from core.device import pick
from core.events import Started
from core.networks.building import build

OURS, BOUND, DATA = "the lab's loop", "the bound: ready batches", "making batches alone"
REQUIRED = {"plain": 2.5, BOUND: 0.9}
READY = 8  # batches that lie ready, so that a cache does not hold the only one


def bound(config: RunConfig, images: ImageSet, started: Started, device: torch.device) -> Way:
    """The same network on ready batches; precision and compilation are those that ours has."""
    torch.manual_seed(0)
    training, classes = config.training, len(images.class_names)
    model = build(config.network, classes).to(device)
    model = model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=training.learning_rate, momentum=training.momentum,
        weight_decay=training.weight_decay, nesterov=training.momentum > 0,
        fused=device.type != "mps",
    )  # fmt: skip
    shape = (training.batch_size, *images.train_images.shape[1:])
    ready = [
        (
            torch.randn(shape, device=device).to(memory_format=torch.channels_last),
            torch.randint(classes, shape[:1], device=device),
        )
        for _ in range(READY)
    ]
    precision = getattr(torch, started.precision)
    network: Any = model
    if started.compiled:
        network = torch.compile(
            model, mode="reduce-overhead" if device.type == "cuda" else "default"
        )

    def steps(count: int) -> float:
        begun = now()
        for number in range(count):
            inputs, labels = ready[number % READY]
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(device.type, precision, enabled=precision != torch.float32):
                loss = torch.nn.functional.cross_entropy(network(inputs), labels)
            loss.backward()
            optimizer.step()
        return now() - begun

    return steps


def measure(
    images: ImageSet, config: RunConfig, workers: Sequence[int], steps: int, rounds: int
) -> dict[str, Any]:
    """Images a second of each way, one figure a round, and what ours chose."""
    device = pick(config.training.device)
    plain = {
        count: Apart(Plain, images, config.policy, config.network, config.training, count, device)
        for count in workers
    }
    ours = Ours(config, few(images, test=500))
    assert ours.started is not None
    ways: dict[str, Way] = {
        OURS: ours.steps,
        **{_plain(count): partial(way.call, "steps") for count, way in plain.items()},
        BOUND: bound(config, images, ours.started, device),
        DATA: data_alone(config, images, device),
    }
    seconds = take_turns(ways, steps, rounds)
    ours.close()
    for way in plain.values():
        way.close()
    batch = config.training.batch_size
    return {
        "data": images.title,
        "machine": machine(),
        "albumentations": library.VERSION,
        "network": config.network.name,
        "batch": batch,
        "steps": steps,
        "rounds": rounds,
        "device": ours.started.device_title,
        "precision": ours.started.precision,
        "compiled": ours.started.compiled,
        "engine": ours.started.engine,
        "images_per_second": {
            name: [batch / figure for figure in figures] for name, figures in seconds.items()
        },
    }


def _plain(workers: int) -> str:
    return f"the plain loop, {workers or 'no'} worker{'s' * (workers != 1)}"


def verdicts(answer: dict[str, Any]) -> dict[str, Any]:
    """The ratios that are required, and the share of a step that goes into data."""
    rates = answer["images_per_second"]
    fastest = max(
        (name for name in rates if name.startswith("the plain loop")),
        key=lambda name: spread(rates[name]).median,
    )
    return {
        "plain": fastest,
        "over_plain": ratio(rates[OURS], rates[fastest]),
        "over_bound": ratio(rates[OURS], rates[BOUND]),
        "share_on_data": ratio(rates[OURS], rates[DATA]),  # seconds of data over those of a step
    }


def table(answer: dict[str, Any]) -> str:
    """Markdown."""
    found, rates = verdicts(answer), answer["images_per_second"]
    compiled = "compiled" if answer["compiled"] else "not compiled"
    lines = [
        f"{answer['data']}; `{answer['network']}`, batches of {answer['batch']}, "
        f"{answer['rounds']} rounds of {answer['steps']} steps in turn. "
        f"The lab's loop: {answer['precision']}, {compiled}, augmentation {answer['engine']}, "
        f"on {answer['device']}. "
        f"{answer['machine']}; albumentations {answer['albumentations']}.",
        "",
        "| | images/s, median (middle half) | the lab's loop over it | required |",
        "|---|---|---|---|",
    ]
    required = {found["plain"]: REQUIRED["plain"], BOUND: REQUIRED[BOUND]}
    for name, figures in rates.items():
        over = "" if name in (OURS, DATA) else ratio(rates[OURS], figures).show()
        want = f"at least {required[name]}" if name in required else ""
        lines.append(f"| {name} | {spread(figures).show(',.0f')} | {over} | {want} |")
    share = found["share_on_data"]
    lines += ["", f"Share of the lab's step that goes into data: {share.show('.1%')}."]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=catalogue.PREFERRED, help=catalogue.NAMED)
    parser.add_argument("--network", default="modular_97k")
    parser.add_argument("--policy", default="assignment")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=8, help="of each way in a round")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 2], help="of the plain loop")
    parser.add_argument("--images", type=int, default=0, help="only so many training images")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    args = parser.parse_args(arguments)
    config = RunConfig(
        data=args.data,
        network=NetworkConfig(args.network),
        policy=policies.named(args.policy),
        training=TrainingConfig(batch_size=args.batch, device=args.device, schedule="cosine"),
    )
    allocator.keep_memory()
    images = few(catalogue.load(args.data), args.images)
    answer = measure(images, config, args.workers, args.steps, args.rounds)
    print(json.dumps(answer, indent=1) if args.json else table(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
