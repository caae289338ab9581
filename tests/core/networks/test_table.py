"""A table of layers as a network, and as a file that needs torch alone."""

import json

import pytest
import torch

from core.analysis.inspect import inspect
from core.analysis.summary.editor_rows import rows_of
from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.catalogue import NETWORKS
from core.networks.export import source
from core.networks.student import load_class
from core.networks.table import RowError, build_layers, plan

BRANCHED = [
    {"type": "conv", "name": "stem", "channels": 16, "kernel": 3},
    {"type": "relu"},
    {"type": "depthwise", "kernel": "3x5"},
    {"type": "conv", "channels": 16, "kernel": 1},
    {"type": "norm"},
    {"type": "add", "from": "stem"},
    {"type": "concat", "from": "image, relu1"},
    {"type": "conv", "channels": "classes", "kernel": 3, "stride": "2x1", "padding": "0x1"},
    {"type": "global_pool"},
    {"type": "flatten"},
    {"type": "linear", "channels": "classes"},
]
PICTURES = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def same_numbers(first, second):
    first, second = first.eval(), second.eval()
    second.load_state_dict(first.state_dict())
    with torch.no_grad():
        assert torch.equal(first(PICTURES), second(PICTURES))


def test_branches_and_shapes():
    steps = {step.name: step for step in plan(BRANCHED)}
    assert steps["conv1"].code == "nn.Conv2d(16, 16, (3, 5), padding=(1, 2), groups=16, bias=False)"
    assert steps["concat1"].out_shape == (35, 32, 32)  # 16 + 3 + 16 channels
    assert steps["conv3"].out_shape == (10, 15, 32)  # (32 - 3) // 2 + 1 high
    network = build_layers(BRANCHED)
    # 3x16x9 + 16x15 + 16x16 + 2x16 + 35x10x9 + 10x10 + 10
    assert sum(p.numel() for p in network.parameters()) == 432 + 240 + 256 + 32 + 3150 + 110


def test_exported_file_gives_the_same_numbers(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(source(BRANCHED, "branched"))
    same_numbers(build_layers(BRANCHED), load_class(f"{file}:Net"))
    assert "core" not in file.read_text()


@pytest.mark.parametrize("name", NETWORKS.names())
def test_every_network_of_the_documents_can_be_edited_and_taken_away(name, tmp_path):
    network = NetworkConfig(name)
    rows = rows_of(inspect(network, suggest=False))
    rows = json.loads(json.dumps(rows))  # what a saved file or a run's settings hold
    assert (
        inspect(NetworkConfig("x", tuple(rows)), suggest=False).to_dict()["receptive_field"]
        == (inspect(network, suggest=False).to_dict()["receptive_field"])
    )
    original = NETWORKS[name].build(10).eval()
    table = build_layers(rows).eval()
    with torch.no_grad():
        states = zip(original.state_dict().values(), table.state_dict().values(), strict=True)
        for old, new in states:
            new.copy_(old)
        assert torch.equal(original(PICTURES), table(PICTURES))
    file = tmp_path / "model.py"
    file.write_text(source(rows, name))
    same_numbers(table, load_class(f"{file}:Net"))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"type": "conv", "channels": 10, "groups": 3}, "divisible by groups"),
        ({"type": "conv", "kernel": 40, "padding": 0}, "Kernel size"),
        ({"type": "conv", "kernel": "3y"}, "kernel is '3y'"),
        ({"type": "conv", "kernel": 0}, "kernel is 0"),
        ({"type": "conv", "channels": -4}, "number of channels"),
        ({"type": "conv", "stride": 1.5}, "stride is 1.5"),
        ({"type": "dropout", "p": 1.0}, "dropout rate"),
        ({"type": "convolve"}, "kind of layer"),
        ({"type": "add"}, "joins nothing"),
        ({"type": "add", "from": "image"}, "one shape"),
        ({"type": "relu", "from": "nowhere"}, "no layer 'nowhere'"),
        ({"type": "relu", "name": "first"}, "another layer of that name"),
        ({"type": "relu", "name": "forward"}, "cannot be a name"),
        ({"type": "relu", "name": "import os"}, "cannot be a name"),
    ],
)
def test_a_bad_row_is_named(row, words):
    rows = [{"type": "conv", "name": "first", "channels": 8}, row]
    with pytest.raises(RowError, match=words) as caught:
        plan(rows)
    assert caught.value.row == 1
    assert str(caught.value).startswith("Row 2 (")


def test_an_empty_table_says_what_to_do():
    with pytest.raises(LabError, match="add a row"):
        plan([])
