"""`python -m core evaluate`: how accurate a run or a weights file is."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from core import paths
from core.commands.progress_bar import ProgressBar
from core.data.sources import catalogue

if TYPE_CHECKING:
    from core.data.image_set import ImageSet
    from core.predictions import Predictions
    from core.runs.model_ref import ModelRef


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `evaluate`."""
    evaluate = commands.add_parser(
        "evaluate",
        help="accuracy of a run or weights file on a data set's test images",
        description="Classify the test images with a run's weights, the weights that come with the "
        "lab (by name) or a .safetensors file.",
    )
    evaluate.add_argument("run_or_weights", metavar="RUN_OR_WEIGHTS")
    evaluate.add_argument("--data", default=catalogue.PREFERRED, help=catalogue.NAMED)
    evaluate.add_argument(
        "--which", choices=("last", "best", "ema"), default="last", help="weights of a run"
    )
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


def _evaluate(options: argparse.Namespace) -> int:
    from core.runs import stored_predictions
    from core.runs.model_ref import find_model

    ref = find_model(options.run_or_weights, options.which, options.runs or paths.runs_folder())
    images, parameters, predictions = _predictions(ref, options.data, options.device)
    if options.save_predictions:
        stored_predictions.store(options.save_predictions, ref.path, predictions, images)
    total = len(predictions.labels)
    correct = int((predictions.predicted == predictions.labels).sum())
    answer = {
        "network": ref.network.name,
        "parameters": parameters,
        "data": images.title,
        "correct": correct,
        "total": total,
        "accuracy": 100 * correct / total,
    }
    if options.json:
        print(json.dumps(answer))
    else:
        print(
            f"{answer['network']} ({parameters:,} parameters) on {images.title}: "
            f"{correct:,} of {total:,} correct, {answer['accuracy']:.2f}%"
        )
    return 0


def _predictions(ref: "ModelRef", data: str, device: str) -> "tuple[ImageSet, int, Predictions]":
    """The data set's images, the network's number of parameters, and what it predicts there."""
    from core.device import pick

    chosen, loaded = pick(device), ref.load()
    with ProgressBar() as bar:
        images = catalogue.load(catalogue.resolve(data), bar, download=True)
        predictions = loaded.predictions(images, chosen, bar)
    count = sum(parameter.numel() for parameter in loaded.model.parameters())
    return images, count, predictions
