"""Stored predictions: found for the very same weights and images, and for no others."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core import paths
from core.data import shape_drawing
from core.data.image_set import ImageSet
from core.predictions import Predictions
from core.runs import model_ref, stored_predictions
from core.runs.model_ref import ModelRef
from tests import finished_run


@pytest.fixture
def images() -> ImageSet:
    return shape_drawing.make(20, 60, seed=2)


@pytest.fixture
def weights_path(tmp_path: Path, lab_home: Path, images: ImageSet) -> Path:
    made = finished_run.make(tmp_path, images).weights_path("best")
    return Path(shutil.copy(made, tmp_path / "own.safetensors"))


def _predictions(images: ImageSet, seed: int = 0) -> Predictions:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(len(images.test_labels), 10, generator=generator)
    return Predictions(scores.softmax(1), images.test_labels, images.class_names, images.source, 7)


def test_they_come_back_with_the_same_classes(weights_path: Path, images: ImageSet) -> None:
    made = _predictions(images)
    # Two classes that differ by less than float16 can hold: the answer must not change.
    made.probabilities[3] = torch.tensor([0.05] * 8 + [0.3, 0.30001])
    path = stored_predictions.store(stored_predictions.own_folder(), weights_path, made, images)
    assert path.stat().st_size < len(images.test_labels) * 10 * 2 + 500
    found = stored_predictions.find(weights_path, images)
    assert found is not None
    assert torch.equal(found.predicted, made.predicted)
    assert (found.probabilities - made.probabilities).abs().max() < 5e-4
    assert torch.equal(found.labels, images.test_labels)
    assert (found.epoch, found.class_names, found.data) == (7, images.class_names, images.source)


def test_other_images_and_other_weights_are_not_taken_for_them(
    weights_path: Path, images: ImageSet
) -> None:
    made = _predictions(images)
    stored_predictions.store(stored_predictions.own_folder(), weights_path, made, images)
    pixel = images.test_images.clone()
    pixel[5, 0, 0, 0] ^= 1
    assert stored_predictions.find(weights_path, replace(images, test_images=pixel)) is None
    labels = images.test_labels.flip(0)
    assert stored_predictions.find(weights_path, replace(images, test_labels=labels)) is None
    content = bytearray(weights_path.read_bytes())
    content[-1] ^= 1
    weights_path.write_bytes(bytes(content))
    assert stored_predictions.find(weights_path, images) is None


@pytest.mark.parametrize("damage", [b"", b"half", None])
def test_a_damaged_file_is_as_none(
    weights_path: Path, images: ImageSet, damage: bytes | None
) -> None:
    made = _predictions(images)
    made.probabilities[0, 0] = float("nan") if damage is None else 0.1
    path = stored_predictions.store(stored_predictions.own_folder(), weights_path, made, images)
    if damage is not None:
        path.write_bytes(damage)
    assert stored_predictions.find(weights_path, images) is None


def test_a_weights_file_is_asked_once(
    weights_path: Path, images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ModelRef.of_file(weights_path).predictions(images)
    monkeypatch.setattr(
        model_ref.weights, "load", lambda path: pytest.fail("the network was built again")
    )
    again = ModelRef.of_file(weights_path).predictions(images)
    assert torch.equal(first.predicted, again.predicted)
    assert (first.probabilities - again.probabilities).abs().max() < 5e-4


def test_the_oldest_go(
    weights_path: Path, images: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_predictions, "_MAX_FILES", 2)
    for seed in range(4):
        other = replace(images, test_labels=(images.test_labels + seed) % 10)
        made = _predictions(other)
        stored_predictions.store(stored_predictions.own_folder(), weights_path, made, other)
    assert len(list(stored_predictions.own_folder().iterdir())) == 2


def test_every_shipped_file_is_of_weights_that_are_shipped() -> None:
    from safetensors import safe_open

    files = list((paths.ASSETS / "predictions").glob("*.safetensors"))
    assert files
    for path in files:
        weights_path = paths.ASSETS / "weights" / f"{path.stem.rpartition('-')[0]}.safetensors"
        with safe_open(path, framework="pt") as stored:
            assert stored.metadata()["weights"] == stored_predictions._checksum(weights_path)
            probabilities = stored.get_tensor("probabilities")
        assert probabilities.shape == (10_000, 10)
        assert probabilities.dtype == torch.float16
        assert (probabilities.float().sum(1) - 1).abs().max() < 0.01
