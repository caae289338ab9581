"""`python -m core train`: the loop in the foreground, recorded in a run folder as it goes."""

import argparse
import json
import signal
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import paths
from core.augment import policies
from core.config import NetworkConfig, RunConfig, TrainingConfig
from core.errors import BadSetting, LabError
from core.runs.commands import run_of
from core.training.choices import (
    COMPILES,
    DEVICES,
    ENGINES,
    OPTIMISERS,
    PRECISIONS,
    SCHEDULES,
)

if TYPE_CHECKING:
    from tqdm import tqdm

    from core.data.image_set import ImageSet
    from core.training.events import Event

HELP = {
    "epochs": "passes over the training images",
    "batch_size": "images a step",
    "optimiser": f"one of {', '.join(OPTIMISERS)}",
    "learning_rate": "the highest value of the schedule",
    "momentum": "of SGD, or the first beta of Adam",
    "weight_decay": "how strongly weights are pulled to zero",
    "schedule": f"one of {', '.join(SCHEDULES)}",
    "label_smoothing": "share of the label spread over all classes",
    "gradient_clip": "largest gradient norm, 0 for no limit",
    "seed": "of everything that is drawn",
    "device": f"one of {', '.join(DEVICES)}",
    "engine": f"of the augmentation: one of {', '.join(ENGINES)}",
    "workers": "processes of the albumentations engine",
    "precision": f"of the multiplications: one of {', '.join(PRECISIONS)}",
    "compile": f"the network: one of {', '.join(COMPILES)}",
    "ema": "decay a step of the averaged weights, evaluated beside the others, 0 for none",
    "hold_out": "training images set aside and evaluated instead of the test images",
    "target_accuracy": "stop after the epoch that reaches this percentage, 0 for never",
    "bias_rate": "learning rate of biases and normalisation, as a multiple of the others'",
    "first_side": "pixels a side of the images in the first epoch, growing to all; 0 for all",
}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `train`; every field of TrainingConfig is an option."""
    train = commands.add_parser(
        "train",
        help="train a network and record the run",
        description="Train a network. The run's folder can be watched in the lab while it grows; "
        "Ctrl-C stops it at the next step, and --resume goes on from its last checkpoint.",
    )
    train.add_argument("--network", default=NetworkConfig.name, help="a name, or my/model.py:Net")
    train.add_argument("--policy", default="assignment", help="a named augmentation policy")
    train.add_argument("--data", default="shapes", help="cifar10, shapes or a folder")
    train.add_argument("--runs", type=Path, help="where run folders are kept")
    train.add_argument("--resume", metavar="RUN", help="go on with this run; the rest is ignored")
    train.add_argument("--json", action="store_true", help="print the last epoch as JSON")
    for entry in fields(TrainingConfig):
        train.add_argument(
            f"--{entry.name.replace('_', '-')}",
            type=type(entry.default),
            default=entry.default,
            help=f"{HELP[entry.name]} (default {entry.default})",
        )
    train.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> int:
    from core.runs.recorder import Recorder, create
    from core.runs.store import Run
    from core.training.loop import fit

    folder = options.runs or paths.runs_folder()
    checkpoint = None
    display = _Display()
    if options.resume:
        run = run_of(options.resume, folder)
        if run.status.alive:
            raise LabError(
                f"Run {run.name} is {run.status.state}; stop it before resuming it here."
            )
        config, checkpoint = run.config, run.checkpoint()
        if checkpoint.epoch >= config.training.epochs:
            raise LabError(f"Run {run.name} has done all its {checkpoint.epoch} epochs.")
    else:
        config = _config(options)
    images = display.load(config.data)  # before a folder is made: data may not be there
    if not options.resume:
        run = Run(create(folder, config))

    wish = {"stop": False}

    def stop(*_: object) -> None:
        wish["stop"] = True

    print(f"run {run.name} in {run.folder.parent}", file=sys.stderr)
    recorder = Recorder(run.folder, config)
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
    if run.status.state != "finished":
        print(f"stopped; go on with: python -m core train --resume {run.folder}", file=sys.stderr)
        return 1
    return 0


def _config(options: argparse.Namespace) -> RunConfig:
    from core.networks.building import resolve

    training = {entry.name: getattr(options, entry.name) for entry in fields(TrainingConfig)}
    data = options.data
    if data not in ("cifar10", "shapes"):
        data = str(Path(data).expanduser().resolve())
    try:
        return RunConfig(
            data=data,
            network=resolve(options.network),
            policy=policies.named(options.policy),
            training=TrainingConfig(**training),
        )
    except BadSetting:
        raise
    except LabError as error:  # whatever the arguments made impossible is bad usage
        raise BadSetting(str(error)) from error


class _Display:
    """Progress bars on standard error, and a line an epoch."""

    def __init__(self) -> None:
        self.bar: tqdm[Any] | None = None
        self.steps = 0
        self.doing = ""

    def load(self, source: str) -> "ImageSet":
        """The images, downloaded where that is needed and possible."""
        from core.data import sources

        try:
            return sources.load(
                source, lambda share, doing: self._progress(doing, share, 100), download=True
            )
        finally:
            self.close()

    def __call__(self, event: "Event") -> None:
        from core.training.events import EpochEnded, Evaluating, Preparing, Started, Stepped

        match event:
            case Preparing():
                self._progress(event.doing, event.share, 100)
            case Started():
                self.close()
                self.steps = event.steps_per_epoch
                print(
                    f"{event.data_title}: {event.train_images:,} training and "
                    f"{event.test_images:,} test images; {event.parameters:,} parameters; "
                    f"{event.device_title}; augmentation {event.engine}"
                    + (f" ({event.note})" if event.note else ""),
                    file=sys.stderr,
                )
            case Stepped():
                done = event.step - (event.epoch - 1) * self.steps
                doing = f"epoch {event.epoch}"
                self._progress(doing, done / self.steps, self.steps)
                if self.bar is not None:
                    rate = f"{event.images_per_second:,.0f} images/s"
                    self.bar.set_postfix_str(f"loss {event.loss:.4f}, {rate}")
            case Evaluating():
                self._progress(f"testing {event.epoch}", event.share, 100)
            case EpochEnded():
                self.close()
                row = event.metrics
                print(
                    f"epoch {row.epoch:3d}  train loss {row.train_loss:.4f} "
                    f"accuracy {row.train_accuracy:.2f}%  test loss {row.test_loss:.4f} "
                    f"accuracy {row.test_accuracy:.2f}%  {row.seconds:.1f} s  "
                    f"{row.images_per_second:,.0f} images/s",
                    file=sys.stderr,
                )
            case _:
                self.close()

    def _progress(self, doing: str, share: float, total: int) -> None:
        from tqdm import tqdm

        if self.bar is None or doing != self.doing:
            self.close()
            self.doing = doing
            self.bar = tqdm(total=total, desc=doing, leave=False, file=sys.stderr)
        self.bar.update(round(share * total) - self.bar.n)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
