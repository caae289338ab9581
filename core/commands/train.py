"""`python -m core train`: the loop in the foreground, recorded in a run folder as it goes."""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import metrics, paths
from core.commands import run_options as settings
from core.errors import LabError

if TYPE_CHECKING:
    from tqdm import tqdm

    from core.data.image_set import ImageSet
    from core.events import Event


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
    from core.runs import resume
    from core.runs.claim import take
    from core.runs.create import create_run
    from core.runs.recorder import Recorder
    from core.runs.store import Run, find_run
    from core.training.loop import fit

    folder = options.runs or paths.runs_folder()
    checkpoint = None
    display = _Display()
    if options.resume:
        run = find_run(options.resume, folder)
        resume.check(run)
        config = run.config
    else:
        config = settings.config(options)
    images = display.load(config.data)  # before a folder is made: data may not be there
    if options.resume:
        claim, checkpoint = resume.take_on(run)
        print(resume.continues(checkpoint.epoch if checkpoint else 0), file=sys.stderr)
    else:
        run = Run(create_run(folder, config))
        claim = take(run.folder)

    wish = {"stop": False}

    def stop(*_: object) -> None:
        wish["stop"] = True

    print(f"run {run.name} in {run.folder.parent}", file=sys.stderr)
    recorder = Recorder(claim, config)
    before = signal.signal(signal.SIGINT, stop)

    def on_event(event: "Event") -> None:
        recorder(event)
        display(event)

    try:
        fit(
            config,
            on_event,
            lambda: wish["stop"],
            load=lambda *_: images,
            checkpoint=checkpoint,
        )
    except LabError as error:
        recorder.close("failed", str(error))
        raise
    except BaseException as error:
        recorder.close("failed", f"A defect of the lab ended this run: {error!r}")
        raise
    finally:
        display.close()
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


class _Display:
    """Progress bars on standard error, and a line an epoch."""

    def __init__(self) -> None:
        self.bar: tqdm[Any] | None = None
        self.steps = 0
        self.message = ""

    def load(self, source: str) -> "ImageSet":
        """The images, downloaded where that is needed and possible."""
        from core.data.sources import catalogue

        try:
            return catalogue.load(
                source,
                lambda fraction, message: self._progress(message, fraction, 100),
                download=True,
            )
        finally:
            self.close()

    def __call__(self, event: "Event") -> None:
        from core.events import (
            EpochEnded,
            Evaluating,
            Preparing,
            Started,
            Stepped,
        )

        match event:
            case Preparing():
                self._progress(event.message, event.fraction, 100)
            case Started():
                self.close()
                self.steps = event.steps_per_epoch
                print(
                    f"{event.data_title}: {event.train_images:,} training and "
                    f"{event.test_images:,} {event.evaluated}; {event.parameters:,} parameters; "
                    f"{event.device_title}, {event.precision}"
                    f"{', compiled' if event.compiled else ''}; augmentation {event.engine}"
                    + (f" ({event.note})" if event.note else ""),
                    file=sys.stderr,
                )
            case Stepped():
                done = event.step - (event.epoch - 1) * self.steps
                message = f"epoch {event.epoch}"
                self._progress(message, done / self.steps, self.steps)
                if self.bar is not None:
                    rate = f"{event.images_per_second:,.0f} images/s"
                    self.bar.set_postfix_str(f"loss {event.loss:.4f}, {rate}")
            case Evaluating():
                self._progress(f"testing {event.epoch}", event.fraction, 100)
            case EpochEnded():
                self.close()
                row = event.metrics
                ema = row.ema_accuracy
                print(
                    f"epoch {row.epoch:3d}  train loss {row.train_loss:.4f} "
                    f"accuracy {row.train_accuracy:.2f}%  test loss {row.test_loss:.4f} "
                    f"accuracy {row.test_accuracy:.2f}%  "
                    + ("" if ema is None else f"averaged {ema:.2f}%  ")
                    + "".join(
                        f"{metric.label.lower()} {metric.show(row.added[name])}  "
                        for name, metric in metrics.added().items()
                        if name in row.added
                    )
                    + f"{row.seconds:.1f} s  "
                    f"{row.images_per_second:,.0f} images/s",
                    file=sys.stderr,
                )
            case _:
                self.close()

    def _progress(self, message: str, fraction: float, total: int) -> None:
        from tqdm import tqdm

        if self.bar is None or message != self.message:
            self.close()
            self.message = message
            self.bar = tqdm(total=total, desc=message, leave=False, file=sys.stderr)
        self.bar.update(round(fraction * total) - self.bar.n)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
