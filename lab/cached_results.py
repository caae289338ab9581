"""Results of long work on trained networks, runs and policies, for every session of this server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.augment.policy import Policy
from core.progress import Progress, silent
from core.runs.model_ref import ModelRef
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
    model: ModelRef,
    source: str,
    indices: tuple[int, ...],
    targets: tuple[int, ...],
    method: str,
    layer: str,
    progress: Progress = silent,
) -> "Maps":
    """Heat maps of these test images of `source`, each for one of the classes `targets`."""
    from core.mistakes.cam.explain import explain

    def make() -> "Maps":
        images = state.image_set(source).test_images[list(indices)]
        return explain(model.path, images, targets, method=method, layer=layer, progress=progress)

    key = (model, source, indices, targets, method, layer)
    maps: Maps = state.kept("heat maps", 64).get(key, make)
    return maps


def heat_layers(model: ModelRef) -> "list[ConvLayer]":
    """The convolution layers of the network."""
    from core.mistakes.cam.explain import layers_of

    layers: list[ConvLayer] = state.kept("heat layers", 32).get(
        model, lambda: layers_of(model.path)
    )
    return layers


def predictions_of(model: ModelRef, source: str, progress: Progress = silent) -> "Predictions":
    """The network's predictions for the test images of `source`."""

    def make() -> "Predictions":
        return model.predictions(state.image_set(source), progress)

    made: Predictions = state.kept("predictions", 4).get((model, source), make)
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


def rotation_sweep(model: ModelRef, source: str, index: int, border: str) -> "Sweep":
    """The network's predictions for a test image at every angle."""
    from core.augment.demos.rotation_sweep import sweep

    def make() -> "Sweep":
        loaded = model.load()
        about = loaded.about
        image = state.image_set(source).test_images[index]
        red, green, blue = (255 * channel for channel in about.mean)
        fill = (red, green, blue)
        return sweep(loaded.model, image, about.mean, about.std, border=border, fill=fill)

    key = (model, source, index, border)
    made: Sweep = state.kept("rotation", 16).get(key, make)
    return made


def history(run: str, epoch: int, images: int, classes: int) -> "LearningHistory":
    """A run's predictions for its test images after each epoch, `epoch` being its newest."""
    from core.mistakes.forgetting import read

    made: LearningHistory = state.kept("history", 8).get(
        (run, epoch, images, classes), lambda: read(state.run_named(run), images, classes)
    )
    return made


def learning(run: str, epoch: int, epochs: int, history: "LearningHistory", labels: Any) -> Any:
    """When each test image was learned in a run, and how often it was forgotten."""
    from core.mistakes.forgetting import forgetting_events

    return state.kept("learning", 8).get(
        (run, epoch, epochs), lambda: forgetting_events(history.predicted, labels)
    )


def sanity_checks(
    model: ModelRef,
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
    return check_map(model.path, image, target, method=method, layer=layer, progress=progress)


def suspicious(model: ModelRef, predictions: "Predictions") -> Any:
    """Test images whose labels look wrong to the network with these weights, worst first."""
    from core.mistakes.label_errors import suspicious as found

    return state.kept("suspicious", 8).get(model, lambda: found(predictions))


def votes_path(source: str, images: "ImageSet") -> Path:
    """Where votes on the test images of `source` are stored."""
    from core.mistakes.label_errors import votes_path as path

    where: Path = state.kept("votes path", 8).get(source, lambda: path(images))
    return where


def votes(path: Path) -> "Votes":
    """What all sessions voted so far, as the disk tells it now."""
    from core.mistakes.label_errors import read_votes

    return read_votes(path)


def neighbors(model: ModelRef, source: str, progress: Progress = silent) -> "Neighbors":
    """The training images nearest to each test image in the network's feature space."""
    from core.mistakes.near_duplicates import find

    def make() -> "Neighbors":
        return find(model.path, state.image_set(source), progress)

    made: Neighbors = state.kept("neighbors", 4).get((model, source), make)
    return made


def augmented(
    model: ModelRef, source: str, index: int, policy: Policy, seed: int
) -> "AugmentedViews":
    """A test image augmented several times by a policy, and the network's predictions for them."""
    from core.mistakes.augmented_views import predict_views

    def make() -> "AugmentedViews":
        return predict_views(model.path, state.image_set(source).test_images[index], policy, seed)

    key = (model, source, index, policy, seed)
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
