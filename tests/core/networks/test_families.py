"""The documents' networks against what the documents print."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core import paths
from core.analysis.inspect import inspect
from core.analysis.summary.formats import torchsummary
from core.analysis.summary.inspection import flat
from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.building import build, names, resolve
from core.networks.catalogue import NETWORKS

GOLDEN = Path(__file__).with_name("golden")
PRINTED = {  # the table: parameters and receptive field before pooling
    "four_files_197k": (197_498, 31),
    "padded_97k": (97_264, 69),
    "modular_97k": (97_264, 69),
    "dilated_162k": (162_296, 67),
}


@pytest.mark.parametrize("name", ["four_files_197k", "modular_97k", "dilated_162k"])
def test_printed_summary_is_reproduced_to_the_letter(name):
    printed = (GOLDEN / f"{name}.txt").read_text().strip()
    assert torchsummary(inspect(NetworkConfig(name), suggest=False)) == printed


def test_printed_module_tree_is_reproduced():
    printed = (GOLDEN / "padded_97k.txt").read_text().strip()
    # Newer torch also prints bias=True for a batch normalization.
    found = str(build(NetworkConfig("padded_97k"))).replace("affine=True, bias=True", "affine=True")
    assert found == printed


@pytest.mark.parametrize("name", PRINTED)
def test_parameters_and_receptive_field(name):
    inspection = inspect(NetworkConfig(name), suggest=False)
    assert (inspection.parameters, flat(inspection.receptive_field)) == PRINTED[name]
    assert inspection.parameters == NETWORKS[name].claims.parameters


@pytest.mark.parametrize("name", ["net_2m", "baseline_1m6"])
def test_reconstructions_come_near_the_printed_total_and_say_what_they_are(name):
    record = NETWORKS[name]
    found = sum(p.numel() for p in record.build(10).parameters())
    assert abs(found / record.claims.parameters - 1) < 0.005
    assert record.reconstruction
    assert "reconstructed" in record.label


@pytest.mark.parametrize("name", NETWORKS.names())
@pytest.mark.parametrize("classes", [2, 10, 37])
def test_every_network_takes_any_number_of_classes_and_can_learn(name, classes):
    network = build(NetworkConfig(name), classes)
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    logits = network(images)
    assert logits.shape == (2, classes)
    logits.square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_catalogue_imports_no_torch():
    program = (
        "import sys, core.networks.catalogue, core.networks.building; print('torch' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=paths.REPOSITORY, capture_output=True, text=True
    )
    assert found.stdout.strip() == "False", found.stderr


def test_unknown_network_lists_the_choices():
    with pytest.raises(LabError, match=r"modular_97k.*Did you mean 'modular_97k'"):
        resolve("modular_97")
    assert set(NETWORKS.names()) <= set(names())


def test_claims_are_those_of_the_documents():
    folder = paths.REPOSITORY.parent / "shared" / "seeds"
    if not folder.is_dir():
        pytest.skip("the five documents are not here (shared/seeds beside the checkout)")
    for record in NETWORKS._records.values():
        if not record.document:
            continue
        text = next(folder.glob(f"{record.document}_*")).read_text(errors="replace")
        claims = record.claims
        assert f"{claims.parameters:,}" in text
        for number in (claims.accuracy, claims.train_accuracy):
            assert number is None or re.search(rf"(?<![\d.]){number:g}", text), (
                record.name,
                number,
            )
        if claims.receptive_field is not None:
            assert re.search(rf"\b{claims.receptive_field}\b", text)
        if claims.epochs is not None:
            assert re.search(rf"\b{claims.epochs}\b", text)
