"""The weights that come with the lab: small, whole, as their cards say, and as good."""

import re

import pytest

from core import paths
from core.analysis.inspect import inspect
from core.analysis.rules.check import check
from core.data.sources import catalogue
from core.device import pick
from core.predictions import predict
from core.runs import weights
from core.training.recipes import RECIPES

SHIPPED = sorted((paths.REPOSITORY / "assets" / "weights").glob("*.safetensors"))
OURS = [path for path in SHIPPED if path.stem in RECIPES]
JPEG = paths.REPOSITORY / "workspace" / "data" / "cifar10-jpeg"


def test_ours_are_there():
    assert [path.stem for path in OURS] == ["sprint", "summit"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_small_whole_and_as_the_card_says(path):
    assert path.stat().st_size < 1_000_000
    loaded = weights.load(path)  # builds the network, and refuses weights that do not fit
    card = path.with_suffix(".md").read_text()
    assert f"**{loaded.about.accuracy:.2f}%**" in card
    count = sum(parameter.numel() for parameter in loaded.model.parameters())
    assert f"{count:,} parameters" in card
    assert f"python -m core evaluate assets/weights/{path.name}" in card
    assert loaded.about.evaluated == "test images"


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_ours_are_the_last_epoch_of_their_recipe_and_pass_every_rule(path):
    about, config = weights.about(path), RECIPES[path.stem].config
    assert about.network == config.network
    assert about.epoch == config.training.epochs
    results = check(inspect(about.network), config.policy, about.accuracy)
    assert [result.rule for result in results if not result.passed] == []
    card = path.with_suffix(".md").read_text()
    assert re.search(rf"\|\s*epochs\s*\|\s*{config.training.epochs}\b", card)
    assert f"--recipe {path.stem}" in card


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_evaluated_again_it_is_as_accurate_as_the_card_says(path):
    if not JPEG.is_dir():
        pytest.skip("the CIFAR-10 JPEG folder is not unpacked in workspace/data")
    images, loaded = catalogue.load(str(JPEG)), weights.load(path)
    about = loaded.about
    found = predict(
        loaded.model, images.test_images, about.mean, about.std, pick("cpu"), 500, lambda *_: None
    )
    right = (found.argmax(1) == images.test_labels).sum().item()
    assert 100 * right / len(images.test_labels) == pytest.approx(about.accuracy, abs=0.02)
