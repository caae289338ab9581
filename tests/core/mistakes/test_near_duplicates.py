"""Neighbors against all pairs written out with numpy; planted duplicates are found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core import paths
from core.config.run_config import NetworkConfig
from core.data import shape_drawing
from core.data.image_set import ImageSet
from core.errors import LabError
from core.mistakes.cam.sanity_checks import reinitialize
from core.mistakes.near_duplicates import feature_dtype, features, find
from core.networks.building import build
from core.runs import weights

MEAN, STD = (0.5, 0.45, 0.4), (0.25, 0.3, 0.2)


@pytest.fixture(scope="module")
def images() -> ImageSet:
    """Three of the test images are in the training set as well, one of them a little brighter."""
    made = shape_drawing.make(60, 30, seed=4)
    train = made.train_images.clone()
    train[11], train[22] = made.test_images[5], made.test_images[6]
    train[33] = (made.test_images[7].int() + 4).clamp(0, 255).to(torch.uint8)
    return replace(made, train_images=train)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with torch.device("meta"):
        model = build(NetworkConfig("modular_97k"))
    model = model.to_empty(device="cpu")
    reinitialize(model, 1)
    about = weights.WeightsAbout(
        NetworkConfig("modular_97k"), shape_drawing.CLASS_NAMES, MEAN, STD, "Shapes", 1, 10.0
    )
    weights.save(tmp_path / "w.safetensors", model.state_dict(), about)
    return tmp_path / "w.safetensors"


def test_features_are_what_the_last_layer_is_given() -> None:
    """A network of which the features can be had by calling its first half."""
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv2d(3, 6, 4, stride=4), nn.ReLU(), nn.Conv2d(6, 10, 1),
                              nn.AdaptiveAvgPool2d(1), nn.Flatten())  # fmt: skip
    model = model.to_empty(device="cpu").eval()
    reinitialize(model, 0)
    pixels = shape_drawing.make(10, 20).test_images[:7]
    made = features(model, pixels, MEAN, STD)
    shift, scale = (torch.tensor(each).view(3, 1, 1) for each in (MEAN, STD))
    half = model[1](model[0]((pixels.float() / 255 - shift) / scale)).mean((2, 3)).detach()
    torch.testing.assert_close(made, half / half.norm(dim=1, keepdim=True), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(made.norm(dim=1), torch.ones(7))
    assert not any(module._forward_pre_hooks or module._forward_hooks for module in model.modules())


def test_a_network_without_layers_has_no_features() -> None:
    with pytest.raises(LabError, match="no features"):
        features(nn.Flatten(), shape_drawing.make(10, 20).test_images[:1], MEAN, STD)


def test_against_all_pairs(path: Path, images: ImageSet) -> None:
    told: list[float] = []
    made = find(path, images, lambda fraction, message: told.append(fraction))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    model = weights.load(path).model
    train, test = (
        features(model, each, MEAN, STD, dtype=feature_dtype()).double().numpy()
        for each in (images.train_images, images.test_images)
    )
    cosine = 1 - test @ train.T
    for image in range(len(test)):
        nearest = np.sort(cosine[image])[:5]
        np.testing.assert_allclose(made.distance[image], nearest, atol=1e-5)
        for column, other in enumerate(made.indices[image]):
            assert cosine[image, other] == pytest.approx(nearest[column], abs=1e-5)
            gap = images.test_images[image].double() - images.train_images[other].double()
            assert made.pixels[image, column] == pytest.approx(
                float((gap**2).mean().sqrt()), rel=1e-4, abs=1e-3
            )


def test_planted_duplicates_are_found(images: ImageSet) -> None:
    """By a network that was trained: to an untrained one all images are nearly alike."""
    made = find(paths.ASSETS / "weights" / "sprint.safetensors", images)
    exact = made.duplicates(1e-4, 0.5).tolist()
    assert sorted(exact) == [5, 6]
    found = made.duplicates(0.5, 5)
    assert sorted(found.tolist()) == [5, 6, 7]
    assert found[-1] == 7  # the brighter one is the least alike
    twins = {image: made.indices[image, made.closest(image, 0.5, 5)] for image in (5, 6, 7)}
    assert twins == {5: 11, 6: 22, 7: 33}
    assert made.duplicates(0.0, -1.0).tolist() == []


def test_sixteen_bits_change_no_cosine_that_a_page_shows(path: Path, images: ImageSet) -> None:
    model = weights.load(path).model
    exact = features(model, images.train_images, MEAN, STD)
    quick = features(model, images.train_images, MEAN, STD, dtype=torch.bfloat16)
    assert quick.dtype == torch.float32
    assert not torch.equal(exact, quick)
    assert ((quick @ quick.T) - (exact @ exact.T)).abs().max() < 5e-4
