"""What a student hands in: one run as Markdown with its pictures, every figure from its folder."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import metrics
from core.analysis.inspect import inspect
from core.analysis.rules.check import check
from core.analysis.summary import formats
from core.analysis.summary.inspection import Inspection
from core.augment.code import render
from core.data.image_set import ImageSet
from core.errors import LabError
from core.files import cannot_write, write_atomically
from core.mistakes import confusion
from core.mistakes.selection import select
from core.predictions import Predictions, check_fits
from core.runs.model_ref import ModelRef
from core.runs.store import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MISTAKES = 10  # the documents' "ten misclassified images"


def write(run: Run, folder: Path, load: Callable[[str], ImageSet]) -> Path:
    """Write `report.md`, `curves.png` and `mistakes.png` into `folder`; returns the first's path.

    `load(source)` gives the run's images, for the pictures and, where training images were held
    out, to ask the network of the last epoch about the test images. Raises LabError for a
    run without a finished epoch, for images that are not those of the run, and for a folder that
    cannot be written.
    """
    epochs = run.epochs()
    held_out = run.config.training.hold_out > 0
    predictions = None if held_out else run.predictions("last")
    if not epochs or (predictions is None and not held_out):
        raise LabError(f"Run {run.name} has finished no epoch yet, so there is nothing to report.")
    images = load(run.config.data)
    if predictions is None:  # it was evaluated on training images: the test images come now
        predictions = ModelRef.of_run(run, "last").predictions(images)
    check_fits(predictions, images)
    inspection = inspect(run.config.network, classes=len(images.class_names))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(cannot_write(folder, error)) from error
    _picture(folder / "curves.png", _curves(epochs, run.status.started.evaluated))
    _picture(folder / "mistakes.png", _mistakes(predictions, images))
    text = "\n\n".join(_sections(run, inspection, epochs, predictions, images)) + "\n"
    path = folder / "report.md"
    write_atomically(path, text.encode())
    return path


def _sections(
    run: Run,
    inspection: Inspection,
    epochs: list[dict[str, Any]],
    predictions: Predictions,
    images: ImageSet,
) -> list[str]:
    config = run.config
    tested = "Held-out" if config.training.hold_out else "Test"
    counts = confusion.confusion_counts(
        predictions.labels.numpy(),
        predictions.probabilities.argmax(1).numpy(),
        len(images.class_names),
    )
    rules = [
        ["passed" if rule.passed else "open" if rule.passed is None else "**failed**",
         rule.title, rule.measured_text, rule.required]
        for rule in check(inspection, config.policy, predictions.accuracy)
    ]  # fmt: skip
    added = metrics.added()
    numbers = [
        [str(row["epoch"]), *(f"{row[name]:.4f}" for name in ("train_loss", "test_loss")),
         *(f"{row[name]:.2f}" for name in ("train_accuracy", "test_accuracy", "seconds")),
         *(metric.show(row[name]) if name in row else "" for name, metric in added.items())]
        for row in epochs
    ]  # fmt: skip
    environment = asdict(run.environment())
    libraries = environment.pop("libraries")
    return [
        f"# {config.network.name} on {images.title}",
        _accuracy(run, epochs, predictions),
        "## The assignment's rules",
        _table(["", "Rule", "Measured", "Required"], rows=rules),
        "## The network",
        formats.totals(inspection),
        formats.markdown(inspection),
        "## Augmentation",
        "```python\n"
        + render.write(config.policy, "albumentations-2", images.mean, images.std).strip()
        + "\n```",
        "## Training",
        _table(["Setting", "Value"], list(map(list, config.training.described().items()))),
        "![Curves](curves.png)",
        _table(
            ["Epoch", "Train loss", f"{tested} loss", "Train accuracy (%)",
             f"{tested} accuracy (%)", "s", *(metric.label for metric in added.values())],
            numbers,
        ),
        *filter(None, [run.damage()]),
        "## Mistakes",
        "Most frequent: "
        + (confusion.in_words(confusion.top_confusions(counts), images.class_names) or "none")
        + f". The {MISTAKES} with the highest confidence:",
        "![Mistakes](mistakes.png)",
        "## Made with",
        _table(["", ""], [[str(name), str(value)] for name, value in
                          {**environment, **libraries}.items()]),
        f"Run `{run.name}`; its settings, to train it again:\n\n```json\n"
        + json.dumps(config.to_dict())
        + "\n```",
    ]  # fmt: skip


def _accuracy(run: Run, epochs: list[dict[str, Any]], predictions: Predictions) -> str:
    """The headline: how accurate, on which images, in how much time."""
    last, status, training = epochs[-1], run.status, run.config.training
    best = max(epochs, key=lambda row: row["test_accuracy"])
    spent = sum(row["seconds"] + row["test_seconds"] for row in epochs)
    tests = f"{len(predictions.labels):,} test images"
    device = run.environment().device
    reached = (
        f"**{last['test_accuracy']:.2f}%** after the last of {len(epochs)} epochs "
        f"(highest: {best['test_accuracy']:.2f}%, epoch {best['epoch']})"
    )
    if training.hold_out:
        return (
            f"Accuracy {reached}, on {training.hold_out:,} {status.started.evaluated}; "
            f"{spent:,.0f} s on {device}. The test images were not used in training; "
            "evaluated once for this report, the network of the last epoch has "
            f"{predictions.accuracy:.2f}% of the {tests} right. Choose no settings by that figure."
        )
    return (
        f"Test accuracy {reached}, on {tests}; {spent:,.0f} s on {device}. The highest is selected "
        "on the test set and so is optimistic; the last is the figure to quote."
    )


def _table(titles: list[str], rows: list[list[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    escaped = ([cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return "\n".join("| " + " | ".join(line) + " |" for line in escaped)


def _curves(epochs: list[dict[str, Any]], evaluated: str) -> "Figure":
    from matplotlib.figure import Figure  # not pyplot: that one keeps state between threads

    figure = Figure(figsize=(11, 4), layout="constrained")
    x = [row["epoch"] for row in epochs]
    pictures: Mapping[str, tuple[str, str, str]] = {
        "Accuracy (%)": ("train_accuracy", "test_accuracy", "Accuracy"),
        "Cross-entropy": ("train_loss", "test_loss", "Loss"),
    }
    for axes, (unit, (train, test, title)) in zip(
        figure.subplots(1, 2), pictures.items(), strict=True
    ):
        axes.plot(x, [row[train] for row in epochs], marker=".", label="training, augmented")
        axes.plot(x, [row[test] for row in epochs], marker=".", label=evaluated)
        axes.set(title=title, xlabel="Epoch", ylabel=unit)
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


def _mistakes(predictions: Predictions, images: ImageSet) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    found = select(predictions)[:MISTAKES]
    all_axes = list(figure.subplots(2, MISTAKES // 2).flat)
    for axes in all_axes:
        axes.axis("off")
    for axes, index in zip(all_axes, found, strict=False):
        predicted = int(predictions.probabilities[index].argmax())
        sure = 100 * float(predictions.probabilities[index, predicted])
        axes.imshow(images.test_images[index].permute(1, 2, 0).numpy())
        true = images.class_names[int(images.test_labels[index])]
        axes.set_title(
            f"{true}\npredicted {images.class_names[predicted]}, {sure:.0f}%", fontsize=11
        )
    return figure


def _picture(path: Path, figure: "Figure") -> None:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    write_atomically(path, content.getvalue())
