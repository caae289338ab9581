"""`python -m core evaluate` and `report`: what a run or a weights file is worth."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core import paths
from core.data.sources import catalogue
from core.errors import LabError

if TYPE_CHECKING:
    from core.runs.store import Run


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `evaluate` and `report`."""
    evaluate = commands.add_parser(
        "evaluate",
        help="accuracy of a run or weights file on a data set's test images",
        description="Classify the test images with a run's weights or a .safetensors file.",
    )
    evaluate.add_argument("run_or_weights", metavar="RUN_OR_WEIGHTS")
    evaluate.add_argument("--data", default=catalogue.PREFERRED, help=catalogue.NAMED)
    evaluate.add_argument("--which", choices=("last", "best"), default="last", help="of a run")
    evaluate.add_argument("--device", default="auto")
    evaluate.add_argument("--runs", type=Path, help="where run folders are kept")
    evaluate.add_argument("--json", action="store_true")
    evaluate.add_argument(
        "--save-predictions",
        metavar="DIR",
        type=Path,
        help="store them there, so that pages need not make them for these images again",
    )
    evaluate.set_defaults(run=_evaluate)
    report = commands.add_parser(
        "report",
        help="a run as Markdown with pictures, to hand in",
        description="Write report.md, curves.png and mistakes.png of a run into a folder.",
    )
    report.add_argument("run_name", metavar="RUN", help="a run's name or folder")
    report.add_argument("--to", metavar="DIR", type=Path, required=True)
    report.add_argument("--runs", type=Path, help="where run folders are kept")
    report.set_defaults(run=_report)


def run_of(given: str, runs: Path) -> "Run":
    """The run that `given` means: a run's folder, or its name in `runs`."""
    from core.runs.store import open_run

    path = Path(given)
    if path.is_dir():
        path = path.resolve()
        return open_run(path.parent, path.name)
    return open_run(runs, given)


def weights_file(given: str, which: str, runs: Path) -> Path:
    """The weights file that `given` means: a file, a run's folder or a run's name."""
    path = Path(given)
    if path.is_file():
        return path
    if not path.is_dir() and (path.suffix == ".safetensors" or len(path.parts) > 1):
        raise LabError(f"There is no file or folder {given}; give a weights file, or a run's name.")
    return run_of(given, runs).weights_path(which)


def _report(options: argparse.Namespace) -> int:
    from core.export import report

    run = run_of(options.run_name, options.runs or paths.runs_folder())
    print(report.write(run, options.to, lambda source: catalogue.load(source)))
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from core.device import pick
    from core.predictions import Predictions, predict
    from core.runs import stored_predictions, weights

    device = pick(options.device)
    path = weights_file(options.run_or_weights, options.which, options.runs or paths.runs_folder())
    loaded = weights.load(path)
    about = loaded.about
    with tqdm(total=100, leave=False, file=sys.stderr) as bar:

        def progress(fraction: float, message: str) -> None:
            bar.set_description(message)
            bar.update(round(fraction * 100) - bar.n)

        images = catalogue.load(options.data, progress, download=True)
        if images.class_names != about.class_names:
            raise LabError(
                f"{path.name} knows the classes {', '.join(about.class_names)}, but {options.data} "
                f"has {', '.join(images.class_names)}; evaluate it on data of its own classes."
            )
        bar.reset()
        probabilities = predict(
            loaded.model.to(device),
            images.test_images,
            about.mean,
            about.std,
            device,
            500,
            progress,
        )
    if options.save_predictions:
        made = Predictions(
            probabilities, images.test_labels, images.class_names, images.source, about.epoch
        )
        stored_predictions.store(options.save_predictions, path, made, images)
    correct = int((probabilities.argmax(1) == images.test_labels).sum())
    total = len(images.test_labels)
    answer = {
        "network": about.network.name,
        "parameters": sum(parameter.numel() for parameter in loaded.model.parameters()),
        "data": images.title,
        "correct": correct,
        "total": total,
        "accuracy": 100 * correct / total,
    }
    if options.json:
        print(json.dumps(answer))
    else:
        print(
            f"{answer['network']} ({answer['parameters']:,} parameters) on {answer['data']}: "
            f"{correct:,} of {total:,} right, {answer['accuracy']:.2f}%"
        )
    return 0
