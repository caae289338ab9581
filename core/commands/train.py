"""`python -m core train`: the loop in the foreground, recorded in a run folder as it goes."""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core import metrics, paths
from core.commands import run_options as settings
from core.commands.progress_bar import ProgressBar
from core.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.checkpoint import Checkpoint
    from core.config.run_config import RunConfig
    from core.data.image_set import ImageSet
    from core.events import EpochMetrics, Event, Started
    from core.runs.claim import Claim
    from core.runs.recorder import Recorder
    from core.runs.store import Run


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `train`; every field of TrainingConfig is an option."""
    train = commands.add_parser(
        "train",
        help="train a network and record the run",
        description="Train a network. The run's folder can be watched in the lab while it grows; "
        "Ctrl-C stops it at the next step, and --resume goes on from its last checkpoint.",
    )
    settings.add(train)
    train.add_argument("--runs", type=Path, help="where run folders are kept")
    train.add_argument("--resume", metavar="RUN", help="go on with this run; the rest is ignored")
    train.add_argument("--json", action="store_true", help="print the last epoch as JSON")
    train.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> int:
    from core.runs.recorder import Recorder

    display = _Display()
    run, claim, checkpoint, images = _begin(options, display)
    wish = {"stop": False}

    def stop(*_: object) -> None:
        wish["stop"] = True

    print(f"run {run.name} in {run.folder.parent}", file=sys.stderr)
    recorder = Recorder(claim, run.config)
    before = signal.signal(signal.SIGINT, stop)
    try:
        _fit(run.config, recorder, display, lambda: wish["stop"], images, checkpoint)
    finally:
        display.bar.close()
        signal.signal(signal.SIGINT, before)
    rows = run.epochs()
    if options.json:
        print(json.dumps({"run": str(run.folder), "epochs": len(rows), **(rows[-1:] or [{}])[0]}))
    if run.status.message:
        print(run.status.message, file=sys.stderr)
    if run.status.state != "finished":
        print(f"stopped; go on with: python -m core train --resume {run.folder}", file=sys.stderr)
        return 1
    return 0


def _begin(
    options: argparse.Namespace, display: "_Display"
) -> "tuple[Run, Claim, Checkpoint | None, ImageSet]":
    """The run that was asked for, new or taken up again, and its images.

    These come first: where they are not there, no folder is made.
    """
    from core.runs import resume
    from core.runs.claim import take
    from core.runs.create import create_run
    from core.runs.store import Run, find_run

    folder = options.runs or paths.runs_folder()
    if options.resume:
        run = find_run(options.resume, folder)
        resume.check(run)
        images = display.load(run.config.data)
        claim, checkpoint = resume.take_on(run)
        print(resume.continues(checkpoint.epoch if checkpoint else 0), file=sys.stderr)
        return run, claim, checkpoint, images
    config = settings.config(options)
    images = display.load(config.data)
    run = Run(create_run(folder, config))
    return run, take(run.folder), None, images


def _fit(
    config: "RunConfig",
    recorder: "Recorder",
    display: "_Display",
    should_stop: "Callable[[], bool]",
    images: "ImageSet",
    checkpoint: "Checkpoint | None",
) -> None:
    """Train; however it ends, the run's folder says so."""
    from core.training.loop import fit

    def on_event(event: "Event") -> None:
        recorder(event)
        display(event)

    try:
        fit(config, on_event, should_stop, load=lambda *_: images, checkpoint=checkpoint)
    except LabError as error:
        recorder.close("failed", str(error))
        raise
    except BaseException as error:
        recorder.close("failed", f"A defect of the lab ended this run: {error!r}")
        raise


class _Display:
    """Progress bars on standard error, and a line an epoch."""

    def __init__(self) -> None:
        self.bar = ProgressBar()
        self.steps = 0

    def load(self, source: str) -> "ImageSet":
        """The images, downloaded where that is needed and possible."""
        from core.data.sources import catalogue

        with self.bar:
            return catalogue.load(source, self.bar, download=True)

    def __call__(self, event: "Event") -> None:
        from core.events import EpochEnded, Evaluating, Preparing, Started, Stepped

        match event:
            case Preparing():
                self.bar(event.fraction, event.message)
            case Started():
                self.bar.close()
                self.steps = event.steps_per_epoch
                print(_started(event), file=sys.stderr)
            case Stepped():
                done = event.step - (event.epoch - 1) * self.steps
                beside = f"loss {event.loss:.4f}, {event.images_per_second:,.0f} images/s"
                message = f"epoch {event.epoch}"
                self.bar(done / self.steps, message, total=self.steps, beside=beside)
            case Evaluating():
                self.bar(event.fraction, f"testing {event.epoch}")
            case EpochEnded():
                self.bar.close()
                print(_epoch(event.metrics), file=sys.stderr)
            case _:
                self.bar.close()


def _started(event: "Started") -> str:
    note = f" ({event.note})" if event.note else ""
    return (
        f"{event.data_title}: {event.train_images:,} training and {event.test_images:,} "
        f"{event.evaluated}; {event.parameters:,} parameters; {event.device_title}, "
        f"{event.precision}{', compiled' if event.compiled else ''}; augmentation "
        f"{event.engine}{note}"
    )


def _epoch(row: "EpochMetrics") -> str:
    parts = [
        f"epoch {row.epoch:3d}",
        f"train loss {row.train_loss:.4f} accuracy {row.train_accuracy:.2f}%",
        f"test loss {row.test_loss:.4f} accuracy {row.test_accuracy:.2f}%",
        "" if row.ema_accuracy is None else f"averaged {row.ema_accuracy:.2f}%",
    ]
    for name, metric in metrics.added().items():
        if name in row.added:
            parts.append(f"{metric.label.lower()} {metric.show(row.added[name])}")
    parts += [f"{row.seconds:.1f} s", f"{row.images_per_second:,.0f} images/s"]
    return "  ".join(filter(None, parts))
