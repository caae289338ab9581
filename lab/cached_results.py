"""Results of long work on weights, runs and policies, kept for every session of this server.

`changed` is when a weights file was written: a run that goes on writes it again.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.augment.policy import Policy
from core.progress import Progress, silent
from core.runs.store import Run
from lab import state

if TYPE_CHECKING:
    from core.augment.demos.rotation_sweep import Sweep
    from core.augment.demos.statistics_shift import Effect
    from core.data.image_set import ImageSet
    from core.mistakes.augmented_views import AugmentedViews
    from core.mistakes.cam.explain import Maps
    from core.mistakes.cam.layers import ConvLayer
    from core.mistakes.cam.sanity_checks import SanityChecks
    from core.mistakes.forgetting import LearningHistory
    from core.mistakes.label_errors import Votes
    from core.mistakes.near_duplicates import Neighbors
    from core.predictions import Predictions


def heat_maps(
    weights_path: str,
    changed: float,
    source: str,
    indices: tuple[int, ...],
    targets: tuple[int, ...],
    method: str,
    layer: str,
    progress: Progress = silent,
) -> "Maps":
    """Maps of these test images of `source`; `changed` is the file's time: weights change."""
    from core.mistakes.cam.explain import explain

    def make() -> "Maps":
        images = state.image_set(source).test_images[list(indices)]
        return explain(
            Path(weights_path), images, targets, method=method, layer=layer, progress=progress
        )

    key = (weights_path, changed, source, indices, targets, method, layer)
    maps: Maps = state.kept("heat maps", 64).get(key, make)
    return maps


def heat_layers(weights_path: str, changed: float) -> "list[ConvLayer]":
    """The convolutions of the network in a weights file."""
    from core.mistakes.cam.explain import layers_of

    layers: list[ConvLayer] = state.kept("heat layers", 32).get(
        (weights_path, changed), lambda: layers_of(Path(weights_path))
    )
    return layers


def predictions_of(
    weights_path: str, changed: float, source: str, progress: Progress = silent
) -> "Predictions":
    """What the network in a weights file says of the test images of `source`."""
    from core.runs.model_ref import ModelRef

    def make() -> "Predictions":
        return ModelRef.of_file(Path(weights_path)).predictions(state.image_set(source), progress)

    made: Predictions = state.kept("predictions", 4).get((weights_path, changed, source), make)
    return made


def stored_predictions(run: Run, which: str) -> "Predictions | None":
    """Those that a run stored with its best or last weights; None before its first epoch."""
    path = run.folder / f"predictions-{which}.safetensors"
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None
    made: Predictions | None = state.kept("stored predictions", 16).get(
        (path, changed), lambda: run.predictions(which)
    )
    return made


def policy_effect(source: str, link: str) -> "Effect":
    """Mean, standard deviation and histogram of the training images before and after a policy."""
    from core.augment.code.url import from_link
    from core.augment.demos.statistics_shift import measure

    def make() -> "Effect":
        images = state.image_set(source)
        return measure(from_link(link), images.train_images, images.mean, images.std)

    effect: Effect = state.kept("policy effect", 16).get((source, link), make)
    return effect


def rotation_sweep(
    weights_path: str, changed: float, source: str, index: int, border: str
) -> "Sweep":
    """What the network in a weights file says of a test image at every angle."""
    from core.augment.demos.rotation_sweep import sweep
    from core.runs.weights import load

    def make() -> "Sweep":
        loaded = load(Path(weights_path))
        about = loaded.about
        image = state.image_set(source).test_images[index]
        red, green, blue = (255 * channel for channel in about.mean)
        fill = (red, green, blue)
        return sweep(loaded.model, image, about.mean, about.std, border=border, fill=fill)

    key = (weights_path, changed, source, index, border)
    made: Sweep = state.kept("rotation", 16).get(key, make)
    return made


def history(run: str, epoch: int, images: int) -> "LearningHistory":
    """What a run said of each of its test images after each epoch, `epoch` being its newest."""
    from core.mistakes.forgetting import read

    made: LearningHistory = state.kept("history", 8).get(
        (run, epoch, images), lambda: read(state.run_named(run), images)
    )
    return made


def learning(run: str, epoch: int, epochs: int, history: "LearningHistory", labels: Any) -> Any:
    """When each test image was learned in a run, and how often it was forgotten."""
    from core.mistakes.forgetting import forgetting_events

    return state.kept("learning", 8).get(
        (run, epoch, epochs), lambda: forgetting_events(history.predicted, labels)
    )


def sanity_checks(
    weights_path: str,
    changed: float,
    source: str,
    index: int,
    target: int,
    method: str,
    layer: str,
    progress: Progress = silent,
) -> "SanityChecks":
    """The map of a test image for one class beside an untrained copy's and a random one."""
    from core.mistakes.cam.sanity_checks import check_map

    image = state.image_set(source).test_images[index]
    return check_map(
        Path(weights_path), image, target, method=method, layer=layer, progress=progress
    )


def suspicious(weights_path: str, changed: float, predictions: "Predictions") -> Any:
    """Test images whose labels look wrong to the network with these weights, worst first."""
    from core.mistakes.label_errors import suspicious as found

    return state.kept("suspicious", 8).get((weights_path, changed), lambda: found(predictions))


def votes_path(source: str, images: "ImageSet") -> Path:
    """Where votes on the test images of `source` are kept."""
    from core.mistakes.label_errors import votes_path as path

    where: Path = state.kept("votes path", 8).get(source, lambda: path(images))
    return where


def votes(path: Path) -> "Votes":
    """What all sessions voted so far, as the disk tells it now."""
    from core.mistakes.label_errors import read_votes

    return read_votes(path)


def neighbors(
    weights_path: str, changed: float, source: str, progress: Progress = silent
) -> "Neighbors":
    """The training images nearest to each test image, to the network in a weights file."""
    from core.mistakes.near_duplicates import find

    def make() -> "Neighbors":
        return find(Path(weights_path), state.image_set(source), progress)

    made: Neighbors = state.kept("neighbors", 4).get((weights_path, changed, source), make)
    return made


def augmented(
    weights_path: str, changed: float, source: str, index: int, policy: Policy, seed: int
) -> "AugmentedViews":
    """A test image drawn several times through a policy, and what the network says of each."""
    from core.mistakes.augmented_views import predict_views

    def make() -> "AugmentedViews":
        return predict_views(
            Path(weights_path), state.image_set(source).test_images[index], policy, seed
        )

    key = (weights_path, changed, source, index, policy, seed)
    made: AugmentedViews = state.kept("augmented", 64).get(key, make)
    return made


def class_names(run: Run) -> tuple[str, ...]:
    """The classes that a run's network tells apart; () before its first epoch."""
    from core.runs.weights import about

    path = run.folder / "last.safetensors"
    if not path.exists():
        return ()
    names: tuple[str, ...] = state.kept("class names", 64).get(
        run.name, lambda: about(path).class_names
    )
    return names
