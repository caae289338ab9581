"""The layer table and the totals, against oracles that share no code with them."""

import json

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from core.analysis.inspect import inspect
from core.analysis.rules.check import check
from core.analysis.summary.inspection import Inspection, flat
from core.cli import main
from core.config.run_config import NetworkConfig
from core.networks.catalogue import NETWORKS


class Branched(nn.Module):
    """Residual, concatenation, functions, a parameter of its own, a shared and an idle layer."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.wide = nn.Conv2d(8, 8, (1, 7), padding=(0, 3))
        self.deep = nn.Sequential(nn.Conv2d(8, 8, 3, padding=2, dilation=2), nn.ReLU())
        self.kernel = nn.Parameter(torch.randn(8, 1, 3, 3))
        self.shared = nn.Conv2d(24, 24, 1)
        self.classify = nn.Linear(24, 10)
        self.idle = nn.Linear(5, 3)

    def forward(self, x):
        x = F.relu(self.stem(x))
        x = x + self.deep(x)
        x = torch.cat([x, self.wide(x), F.conv2d(x, self.kernel, padding=1, groups=8)], 1)
        x = self.shared(self.shared(F.avg_pool2d(x, 2)))
        return self.classify(x.mean((2, 3)))


def test_branched_network_by_hand():
    found = inspect(Branched())
    assert found.failure is None
    # stem 3; deep 3 + 2*2 = 7; wide 7 + 6 = 13 wide; conv2d 7 + 2 = 9 high; pooling + 1
    assert found.receptive_field == (10, 14)
    rows = {row.name: row for row in found.rows}
    assert rows["wide"].receptive_field == (7, 13)
    assert rows["wide"].kernel == (1, 7)
    assert rows["conv2d in forward"].parameters == 72
    assert [row.name for row in found.layers] == [
        "stem", "deep.0", "deep.1", "wide", "shared", "shared", "classify",
    ]  # fmt: skip
    assert [row.again for row in found.layers].count(True) == 1
    assert rows["idle.weight"].parameters == 15
    assert (
        sum(row.parameters for row in found.rows)
        == found.parameters
        == (sum(p.numel() for p in Branched().parameters()))
    )
    assert sum(row.macs for row in found.rows) == found.macs


def counted_macs(model):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.zeros(1, 3, 32, 32))
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("name", NETWORKS.names())
def test_macs_are_half_of_torchs_own_flops(name):
    found = inspect(NetworkConfig(name), suggest=False)
    assert found.macs == counted_macs(NETWORKS[name].build(10))
    assert sum(row.macs for row in found.rows) == found.macs
    assert sum(row.parameters for row in found.rows) == found.parameters


def test_macs_of_branches_functions_and_transposed():
    assert inspect(Branched()).macs == counted_macs(Branched())
    transposed = nn.Sequential(nn.ConvTranspose2d(3, 6, 3, 2, groups=3), nn.Conv2d(6, 10, 3))
    assert inspect(transposed).macs == counted_macs(transposed)


def test_every_leaf_module_in_the_order_in_which_it_ran():
    model = NETWORKS["padded_97k"].build(10).eval()
    order, shapes = [], []

    def watch(name):
        def hook(module, inputs, output):
            order.append(name)
            shapes.append(tuple(output.shape[1:]))

        return hook

    for name, module in model.named_modules():
        if not list(module.children()):
            module.register_forward_hook(watch(name))
    model(torch.zeros(1, 3, 32, 32))
    found = inspect(NetworkConfig("padded_97k"), suggest=False)
    assert [row.name for row in found.layers] == order
    assert [row.out_shape for row in found.layers] == shapes


def test_the_network_is_left_as_it_was_found():
    model = Branched().train()
    model.stem.weight.requires_grad_(False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    inspect(model)
    assert model.training
    assert model.deep.training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


def test_json_has_what_the_command_line_promises(capsys):
    assert main(["inspect", "dilated_162k", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["receptive_field"] == 67
    assert set(plain["layers"][0]) == {
        "name", "type", "kernel", "stride", "padding", "dilation", "groups", "in_shape",
        "out_shape", "parameters", "macs", "jump", "receptive_field",
    }  # fmt: skip
    names = {"rule", "passed", "measured", "required", "value", "limit", "comparison", "unit"}
    assert names <= set(plain["rules"][0])


def test_all_of_an_inspection_survives_json():
    found = inspect(Branched())
    again = Inspection.from_plain(json.loads(json.dumps(found.to_plain())))
    assert again == found
    assert again.to_dict() == found.to_dict()


def chain(*layers):
    return nn.Sequential(*layers)


def test_a_pass_that_breaks_off_shows_the_layers_up_to_there():
    found = inspect(chain(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(16, 8, 3), nn.Conv2d(8, 8, 3)))
    assert found.failure.layer == "2"
    assert "16 channels" in found.failure.message
    assert [row.name for row in found.layers] == ["0", "1", "2"]
    assert found.layers[-1].out_shape == ()
    assert found.layers[1].receptive_field == (3, 3)


def test_a_map_that_shrinks_below_one():
    found = inspect(chain(nn.Conv2d(3, 8, 3, stride=16), nn.Conv2d(8, 8, 3)))
    assert found.failure.layer == "1"
    assert "size" in found.failure.message


def test_an_output_that_is_not_ten_classes():
    found = inspect(chain(nn.Conv2d(3, 12, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    assert found.failure.layer == "output"
    assert "12" in found.failure.message
    assert "10" in found.failure.message


@pytest.mark.parametrize(
    ("forward", "field"),
    [
        (lambda self, x: self.net(x).flatten(2).mean(2), 3),
        (lambda self, x: self.net(x).mean(3).mean(2), 3),
        (lambda self, x: F.avg_pool2d(self.net(x), 32)[:, :, 0, 0], 3),
        (lambda self, x: F.adaptive_avg_pool2d(self.net(x), 1).view(x.shape[0], -1), 3),
        (lambda self, x: torch.einsum("nchw->nc", self.net(x)) / 1024, 3),
        (lambda self, x: self.net(x).permute(0, 2, 3, 1).mean((1, 2)), 3),
        # Numbers are asked for in forward: the meta device has none, zeros have.
        (lambda self, x: self.net(x).mean((2, 3)) * (2 if x.sum() > 0 else 1), 3),
        # A constant made in forward, and a buffer that is not registered.
        (lambda self, x: (self.net(x) + torch.ones(10, 1, 1)).mean((2, 3)), 3),
        (lambda self, x: (self.net(x) * self.plain).mean((2, 3)), 3),
    ],
)
def test_spellings_of_the_last_pooling(forward, field):
    class Spelt(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Conv2d(3, 10, 3, padding=1)
            self.plain = torch.ones(10, 1, 1)

    Spelt.forward = forward
    found = inspect(Spelt())
    assert found.failure is None
    assert flat(found.receptive_field) == field
    assert {r.rule: r.passed for r in check(found)}["global_average_pooling"] is True


def test_another_image_size():
    found = inspect(
        nn.Sequential(nn.Conv2d(3, 10, 5), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        image_size=(64, 48),
    )
    assert found.layers[0].out_shape == (10, 60, 44)
