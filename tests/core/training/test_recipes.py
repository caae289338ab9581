"""The recipes: whole, honest about their documents, and listed."""

import json
import re
import subprocess
import sys

import pytest

from core.augment.policies import named
from core.cli import main
from core.config.run_config import RunConfig
from core.networks.catalogue import NETWORKS
from core.paths import REPOSITORY
from core.training.recipes import RECIPES

SEEDS = REPOSITORY.parent / "shared" / "seeds"
DOCUMENTS = {name: recipe for name, recipe in RECIPES.items() if recipe.document}
# As printed: "12499" is the last batch of 000's log, "391 training batches" stands in 001, and
# 391/391 in the progress bars of the others. 002's Model 1 has no log; it took Model 3's batches.
STEPS = {"000": 12_500, "001": 391, "002": 391, "003": 391, "004": 391}
PATTERNS = {
    "000": r"Batch_id=(\d+)",
    "001": r"into (\d+) training batches",
    "002": r"(\d+)/391 \[",
    "003": r"(\d+)/391 \[",
    "004": r"(\d+)/391 \[",
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_a_file(name: str) -> None:
    config = RECIPES[name].config
    assert RunConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_words_and_a_network(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.label
    assert recipe.help.endswith(".")
    assert recipe.config.network.name in NETWORKS
    assert recipe.claims is NETWORKS[recipe.config.network.name].claims


@pytest.mark.parametrize("name", DOCUMENTS)
def test_steps_an_epoch_are_those_of_the_log(name: str) -> None:
    recipe = RECIPES[name]
    assert -(-50_000 // recipe.config.training.batch_size) == STEPS[recipe.document]


@pytest.mark.parametrize("document", STEPS)
def test_the_logs_print_those_steps(document: str) -> None:
    found = sorted(SEEDS.glob(f"{document}_*.txt"))
    if not found:
        pytest.skip("the documents do not lie beside this checkout")
    text = found[0].read_text("utf-8")
    printed = {int(number) for number in re.findall(PATTERNS[document], text)}
    if document == "000":
        printed = {number + 1 for number in printed}  # it counts from 0
    assert printed == {STEPS[document]}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_the_document_claims_is_what_the_recipe_does(name: str) -> None:
    recipe = RECIPES[name]
    claims, training = recipe.claims, recipe.config.training
    assert claims is not None
    assert claims.epochs in (None, training.epochs)
    assert claims.batch_size in (None, training.batch_size)
    if claims.augmentations is not None:  # 004's Normalize is no augmentation
        transforms = [entry.name for entry in recipe.config.policy.transforms]
        assert len(claims.augmentations) == len([t for t in transforms if t != "Normalize"])
    assert NETWORKS[recipe.config.network.name].document == recipe.document


def test_every_network_of_a_document_has_a_recipe() -> None:
    theirs = {name for name, record in NETWORKS.items() if record.document in STEPS}
    assert {recipe.config.network.name for recipe in DOCUMENTS.values()} == theirs


def test_document_003_mixes_no_labels_and_falls_in_a_cosine() -> None:
    config = RECIPES["doc_003"].config
    kept, whole = config.policy.transforms, named("seed_003").transforms
    assert kept == whole[:3]
    assert [entry.name for entry in whole[3:]] == ["CutMix"]
    assert (config.training.optimizer, config.training.schedule) == ("sgd", "cosine")


def test_the_command_lists_every_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in listed] == list(RECIPES)
    for entry in listed:
        config = RECIPES[entry["name"]].config
        assert entry["training"]["epochs"] == config.training.epochs
        assert entry["network"]["name"] == config.network.name
        assert "data" not in entry
    assert main(["recipes"]) == 0
    text = capsys.readouterr().out
    assert re.findall(r"^(\w+) ", text, re.MULTILINE) == list(RECIPES)
    assert max(map(len, text.splitlines())) <= 110


def test_recipes_are_read_without_torch() -> None:
    code = "import sys, core.training.recipes; print('torch' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "False", ran.stderr
