"""On a graphics card: `python benchmarks/gpu.py --data FOLDER [--resume] [--minutes 9]`.

- `sprint`: seconds an epoch and seconds to 85%, cold (the first training of the process, with
  compiling) and warm (those after it, one a seed); memory; the share of a step that goes into data.
- the documents' six networks, each trained by its own recipe: claimed against reproduced.

Every figure is a line in rows.jsonl of --folder as soon as it is there, and each network's training
is a run in its `runs`. So what is cut off keeps what it has; --resume leaves out what is done and
goes on with a network's training after its last whole epoch. --minutes ends it in time.
It runs on a CPU as well, with small settings, and says what it ran on.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import core  # noqa: F401  (first: it tells OpenMP how to wait, before torch is loaded)

# isort: split

import torch

from benchmarks.time_to_85 import TARGET, train
from benchmarks.turns import Ours, data_alone, few, machine, ratio, spread, take_turns
from core import allocator, paths
from core.checkpoint import Checkpoint
from core.config.run_config import RunConfig
from core.data.image_set import ImageSet
from core.data.sources import catalogue
from core.device import pick
from core.errors import LabError
from core.registry import unknown
from core.runs.claim import take
from core.runs.create import create_run
from core.runs.recorder import Recorder
from core.runs.store import Run
from core.training.loop import fit
from core.training.recipes import RECIPES

MAX_SHARE, AIM_SECONDS = 0.05, 3.0
# network -> its document's recipe; the shortest first, so that a run that is cut off has most
DOCUMENTS = {
    RECIPES[name].config.network.name: name
    for name in ("doc_002_baseline", "doc_001", "doc_002", "doc_003", "doc_004", "doc_000")
}
Row = dict[str, Any]


class Rows:
    """What was found so far, a JSON line each; with a path, on disk at once."""

    def __init__(self, path: Path, resume: bool) -> None:
        self._path = path
        self.found: list[Row] = []
        if path.exists() and path.stat().st_size:
            if not resume:
                raise SystemExit(f"{path} has rows; go on with --resume, or give another --folder.")
            for line in path.read_text("utf-8").splitlines():
                try:
                    self.found.append(json.loads(line))
                except ValueError:  # the line that was being written when the run was cut off
                    continue
        path.parent.mkdir(parents=True, exist_ok=True)

    def add(self, **row: Any) -> None:
        self.found.append(row)
        begin = ""
        if self._path.exists() and (text := self._path.read_bytes()) and not text.endswith(b"\n"):
            begin = "\n"
        with self._path.open("a", encoding="utf-8") as file:
            file.write(begin + json.dumps(row) + "\n")

    def last(self, kind: str, **names: str) -> Row | None:
        """The newest row of this kind with these values."""
        wanted = {"kind": kind, **names}.items()
        return next((row for row in reversed(self.found) if wanted <= row.items()), None)


def sprint(images: ImageSet, recipe: str, seeds: Sequence[int], epochs: int) -> Row:
    """Cold and warm trainings of the recipe, in this process."""
    cold = train(images, recipe, seeds[0], epochs)
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    warm = [train(images, recipe, seed, epochs) for seed in seeds]
    return {"cold": cold, "warm": warm, "memory": memory(), "machine": machine()}


def to_target(run: Row) -> float | None:
    """Seconds from the first step until an epoch had 85%, its test images included; or None."""
    return next((row["elapsed"] for row in run["rows"] if row["accuracy"] >= TARGET), None)


def an_epoch(run: Row) -> float:
    """Seconds of training in the middle one of the epochs, without the test images."""
    return spread([row["training_seconds"] for row in run["rows"]]).median


def memory() -> str:
    """The most that was in use: on the card by torch, else by the whole process."""
    if torch.cuda.is_available():
        return f"{torch.cuda.max_memory_allocated() / 2**20:,.0f} MiB on the card"
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:  # Windows
        return "not known"
    kilobytes = getrusage(RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return f"{kilobytes / 1024:,.0f} MiB, the whole process"


def share_on_data(images: ImageSet, recipe: str, steps: int, rounds: int) -> Row:
    """Seconds of making batches alone over those of a step of the loop, in turns."""
    config = RECIPES[recipe].config
    whole = replace(config, training=replace(config.training, initial_image_size=0))
    ours = Ours(whole, few(images, test=500))
    ways = {"loop": ours.steps, "data": data_alone(whole, images, pick("auto"))}
    seconds = take_turns(ways, steps, rounds)
    ours.close()
    found = ratio(seconds["data"], seconds["loop"])
    return {"median": found.median, "low": found.low, "high": found.high, "machine": machine()}


def reproduce(
    images: ImageSet,
    network: str,
    config: RunConfig,
    rows: Rows,
    folder: Path,
    should_stop: Callable[[], bool],
) -> bool:
    """Train a document's network by its recipe, recorded as a run; whether it was finished."""
    run, checkpoint = _begun(network, config, rows, folder)
    if run is None:
        run = Run(create_run(folder, config))
        rows.add(kind="begun", network=network, run=run.name)
    done = checkpoint.epoch if checkpoint else 0
    if done < config.training.epochs:
        print(
            f"{network}: from epoch {done + 1} of {config.training.epochs}", file=sys.stderr,
            flush=True,
        )  # fmt: skip
        recorder = Recorder(take(run.folder), config)
        try:
            fit(config, recorder, should_stop, load=lambda *_: images, checkpoint=checkpoint)
        except BaseException as error:
            recorder.close("failed", str(error))
            raise
    epochs = run.epochs()
    if len(epochs) < config.training.epochs:
        return False
    rows.add(
        kind="network",
        network=network,
        epochs=len(epochs),
        train_images=len(images.train_labels),
        accuracy=epochs[-1]["test_accuracy"],
        best=max(row["test_accuracy"] for row in epochs),
        train_accuracy=max(row["train_accuracy"] for row in epochs),
        training_seconds=sum(row["seconds"] for row in epochs),
        seconds=sum(row["seconds"] + row["test_seconds"] for row in epochs),
        parameters=run.status.started.parameters,
        machine=machine(),
    )
    return True


def _begun(
    network: str, config: RunConfig, rows: Rows, folder: Path
) -> tuple[Run | None, Checkpoint | None]:
    """The network's unfinished run with these very settings, and where it can go on."""
    row = rows.last("begun", network=network)
    if row is None:
        return None, None
    run = Run(folder / row["run"])
    try:
        return (run, run.checkpoint()) if run.config == config else (None, None)
    except LabError:  # cut off in its first epoch, or its folder was not kept
        return None, None


def table(rows: Rows, recipe: str, data: str) -> str:
    """Markdown of what there is."""
    lines = [f"{data}; {machine()}."]
    if row := rows.last("sprint", recipe=recipe):
        lines += [
            "",
            f"`{recipe}`, whole schedules of {row['cold']['epochs']} epochs ({row['machine']}; "
            f"memory {row['memory']}):",
            "",
            "| | seed | s of training an epoch | s to 85% | accuracy after the last epoch, % |",
            "|---|---|---|---|---|",
        ]
        trained = [("cold", row["cold"]), *(("warm", run) for run in row["warm"])]
        for name, run in trained:
            reached = to_target(run)
            lines.append(
                f"| {name} | {run['seed']} | {an_epoch(run):.2f} "
                f"| {'not reached' if reached is None else format(reached, '.1f')} "
                f"| {run['accuracy']:.2f} |"
            )
        lines += ["", f"Seconds to 85%, warm: the aim is {AIM_SECONDS:.0f}."]
    if row := rows.last("share", recipe=recipe):
        lines += [
            "",
            f"Share of a step of `{recipe}` that goes into data: {row['median']:.1%} "
            f"({row['low']:.1%} to {row['high']:.1%}), required: under {MAX_SHARE:.0%}.",
        ]
    done = [row for name in DOCUMENTS if (row := rows.last("network", network=name))]
    if done:
        lines += [
            "",
            "| network | document | epochs: claimed | here | best on the test images, %: claimed "
            "| here | after the last epoch, % | s of training an epoch |",
            "|---|---|---|---|---|---|---|---|",
        ]
    for row in done:
        known = RECIPES[DOCUMENTS[row["network"]]]
        claims = known.claims
        assert claims is not None
        lines.append(
            f"| `{row['network']}` | {known.document} | {claims.epochs or 'not said'} "
            f"| {row['epochs']} | {claims.accuracy} | {row['best']:.2f} | {row['accuracy']:.2f} "
            f"| {row['training_seconds'] / row['epochs']:.1f} |"
        )
    missing = [f"`{name}`" for name in DOCUMENTS if not rows.last("network", network=name)]
    if done and missing:
        lines += ["", f"Not finished: {', '.join(missing)}."]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=catalogue.PREFERRED, help=catalogue.NAMED)
    parser.add_argument("--folder", type=Path, help="for rows and runs (default: workspace/gpu)")
    parser.add_argument("--resume", action="store_true", help="go on with what is in the folder")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so many; 0 never")
    parser.add_argument("--recipe", default="sprint", help="in place of sprint; none leaves it out")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of sprint")
    parser.add_argument(
        "--networks", nargs="*", default=list(DOCUMENTS), metavar="NETWORK",
        help=f"of {', '.join(DOCUMENTS)}",
    )  # fmt: skip
    parser.add_argument("--epochs", type=int, default=0, help="in place of the recipes'")
    parser.add_argument("--images", type=int, default=0, help="only so many training images")
    parser.add_argument("--test-images", type=int, default=0, help="only so many test images")
    parser.add_argument("--steps", type=int, default=20, help="of a round of the share on data")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args(arguments)
    for network in args.networks:
        if network not in DOCUMENTS:
            parser.error(unknown("network of the documents", network, DOCUMENTS))
    if args.recipe != "none" and args.recipe not in RECIPES:
        parser.error(unknown("recipe", args.recipe, RECIPES))

    end = time.monotonic() + 60 * args.minutes if args.minutes else float("inf")
    folder = args.folder or paths.home() / "gpu"
    rows = Rows(folder / "rows.jsonl", args.resume)
    allocator.keep_memory()
    images = few(catalogue.load(args.data), args.images, args.test_images)
    if args.recipe != "none":
        if not rows.last("sprint", recipe=args.recipe):
            rows.add(
                kind="sprint", recipe=args.recipe,
                **sprint(images, args.recipe, args.seeds, args.epochs),
            )  # fmt: skip
        if not rows.last("share", recipe=args.recipe):
            rows.add(
                kind="share", recipe=args.recipe,
                **share_on_data(images, args.recipe, args.steps, args.rounds),
            )  # fmt: skip
    whole = True
    for network in args.networks:
        config = RECIPES[DOCUMENTS[network]].config
        training = replace(config.training, epochs=args.epochs or config.training.epochs)
        config = replace(config, data=args.data, training=training)
        if not rows.last("network", network=network):
            whole = reproduce(
                images, network, config, rows, folder / "runs", lambda: time.monotonic() > end
            )
        if not whole:
            break
    print(table(rows, args.recipe, images.title))
    if not whole:
        print("Out of time; the same command with --resume goes on.", file=sys.stderr)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
