"""Probabilities of a test set: computed as arithmetic says, kept and read back whole."""

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from core.errors import LabError
from core.predictions import Predictions, predict

NAMES = ("cat", "dog", "owl")


@pytest.fixture
def made() -> Predictions:
    logits = torch.randn(50, 3, generator=torch.Generator().manual_seed(1))
    labels = torch.randint(0, 3, (50,), generator=torch.Generator().manual_seed(2))
    return Predictions(logits.softmax(1), labels, NAMES, "shapes", 7)


def test_what_is_saved_comes_back(made: Predictions, tmp_path: Path) -> None:
    made.save(tmp_path / "p.safetensors")
    back = Predictions.load(tmp_path / "p.safetensors")
    assert torch.equal(back.probabilities, made.probabilities)
    assert torch.equal(back.labels, made.labels)
    assert (back.class_names, back.data, back.epoch) == (NAMES, "shapes", 7)
    assert os.listdir(tmp_path) == ["p.safetensors"]


def test_numbers_by_hand() -> None:
    probabilities = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.2, 0.5, 0.3], [0, 0, 1.0]])
    made = Predictions(probabilities, torch.tensor([0, 1, 1, 0]), NAMES, "shapes", 1)
    assert made.predicted.tolist() == [0, 2, 1, 2]
    assert made.confidence.tolist() == pytest.approx([0.7, 0.6, 0.5, 1.0])
    assert made.accuracy == 50.0


@pytest.mark.parametrize("keep", [0, 10, 300])
def test_a_damaged_file_is_said(made: Predictions, tmp_path: Path, keep: int) -> None:
    path = tmp_path / "p.safetensors"
    made.save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(LabError, match="cannot be read"):
        Predictions.load(path)


def test_a_file_of_another_version_is_said(
    made: Predictions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.predictions.FORMAT", "99")
    made.save(tmp_path / "p.safetensors")
    monkeypatch.undo()
    with pytest.raises(LabError, match="format '99', and this version of the lab reads '1'"):
        Predictions.load(tmp_path / "p.safetensors")


def test_shapes_that_do_not_fit_are_refused(made: Predictions) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Predictions(made.probabilities, made.labels[:-1], NAMES, "shapes", 1)
    with pytest.raises(ValueError, match="do not fit"):
        Predictions(made.probabilities, made.labels, NAMES[:2], "shapes", 1)


def test_predicting_is_softmax_of_the_normalized_image() -> None:
    """A network that only looks at the middle pixel, so that the arithmetic fits in a line."""

    class Middle(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :, 16, 16]

    images = torch.zeros(7, 3, 32, 32, dtype=torch.uint8)
    images[:, 0, 16, 16] = torch.arange(7, dtype=torch.uint8) * 40
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.25, 0.5)
    told: list[float] = []
    probabilities = predict(
        Middle(),
        images,
        mean,
        std,
        torch.device("cpu"),
        3,
        lambda fraction, message: told.append(fraction),
    )
    values = images[:, :, 16, 16].double() / 255
    logits = (values - torch.tensor(mean).double()) / torch.tensor(std).double()
    torch.testing.assert_close(probabilities.double(), logits.softmax(1), atol=1e-6, rtol=1e-5)
    assert probabilities.dtype == torch.float32
    assert told == pytest.approx([3 / 7, 6 / 7, 1])


def test_predicting_leaves_the_network_as_it_was() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(3600, 3))
    model.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    images = torch.randint(0, 256, (5, 3, 32, 32), dtype=torch.uint8)
    first = predict(model, images, (0.5,) * 3, (0.2,) * 3, torch.device("cpu"), 2)
    again = predict(model, images, (0.5,) * 3, (0.2,) * 3, torch.device("cpu"), 5)
    torch.testing.assert_close(first, again)
    assert not first.requires_grad
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not model.training
