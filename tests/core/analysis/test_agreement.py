"""Probe and propagation compared, and the effective field."""

import pytest
import torch
from torch import nn

from core.analysis.inspect import inspect
from core.analysis.receptive_field import cross_check, gradient_probe
from core.analysis.receptive_field.cross_check import Agreement
from core.analysis.receptive_field.effective import VISIBLE, footprints, untrained
from core.analysis.summary.inspection import flat
from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.blocks import Residual
from core.networks.catalogue import NETWORKS


@pytest.mark.parametrize("name", NETWORKS.names())
def test_both_ways_agree_on_the_documents(name):
    found = cross_check.compare(NetworkConfig(name), layer_by_layer=True)
    expected = flat(inspect(NetworkConfig(name), suggest=False).receptive_field)
    assert found.before_pooling.whole
    assert found.before_pooling.probed == (expected, expected)
    assert found.agrees
    assert all(entry.agrees for entry in found.layers)
    assert len(found.layers) >= 10
    assert Agreement.from_plain(found.to_plain()) == found


def test_a_disagreement_is_said_and_nothing_is_picked(monkeypatch):
    real = gradient_probe.window_of
    monkeypatch.setattr(
        gradient_probe, "window_of", lambda gradient, dims: (real(gradient, dims)[0], 60)
    )
    found = cross_check.compare(NetworkConfig("modular_97k"))
    assert not found.agrees
    assert "disagree" in found.sentence()
    assert "69" in found.sentence()


def test_a_global_path_is_said_beside_the_local_field():
    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 10, 3, padding=1)

        def forward(self, x):
            x = self.conv(x)
            return (x * x.mean((2, 3), keepdim=True).sigmoid()).mean((2, 3))

    found = cross_check.compare(Gated())
    assert found.before_pooling.global_path
    assert found.before_pooling.probed == (32, 32)
    assert found.before_pooling.propagated == (3, 3)
    assert found.agrees
    assert "global path" in found.sentence()


def test_a_field_that_no_probing_image_holds_is_at_least_that(monkeypatch):
    monkeypatch.setattr(gradient_probe, "MAX_SIZE", 48)
    found = cross_check.compare(NetworkConfig("modular_97k"))
    assert not found.before_pooling.whole
    assert found.agrees
    assert "at least" in found.sentence()


def test_max_pooling_does_not_hide_anything():
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.MaxPool2d(3, 2, dilation=2), nn.Hardtanh(), nn.GroupNorm(2, 8),
        nn.Conv2d(8, 10, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip
    found = cross_check.compare(model)
    assert found.before_pooling.probed == (11, 11)  # 3 + 2 * 2 + 2 * 2
    assert found.agrees


def test_a_network_that_fails_is_not_probed():
    with pytest.raises(LabError, match="fails at 1"):
        cross_check.compare(nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(4, 8, 3)))


def test_footprint_lies_in_its_box_and_is_smaller_late():
    pictures = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found = {
        entry.layer: entry for entry in footprints(untrained(NetworkConfig("net_2m")), pictures)
    }
    rows = {row.name: row for row in inspect(NetworkConfig("net_2m"), suggest=False).layers}
    for name, entry in found.items():
        top, bottom, left, right = entry.box
        assert (bottom - top + 1, right - left + 1) == rows[name].receptive_field
        heat = torch.tensor(entry.heat)
        assert heat.max() == 1
        outside = heat.clone()
        outside[max(top, 0) : bottom + 1, max(left, 0) : right + 1] = 0
        assert outside.abs().sum() == 0
        assert entry.size == pytest.approx(float((heat >= VISIBLE).sum()) ** 0.5, abs=0.3)
        energy = heat.square().flatten().sort(descending=True).values
        assert energy[: round(entry.half**2)].sum() >= 0.499 * energy.sum()
        assert energy[: round(entry.half**2) - 1].sum() <= 0.501 * energy.sum()
        assert entry.half <= entry.size
    # Luo et al.: the effective share of the theoretical field falls with depth.
    assert found["C3.0"].size < rows["C3.0"].receptive_field[0]


def test_untrained_weights_are_torchs_own_kind_and_leave_its_generator_alone():
    state = torch.get_rng_state()
    model = untrained(NetworkConfig("modular_97k"), seed=3)
    assert torch.equal(torch.get_rng_state(), state)
    usual = NETWORKS["modular_97k"].build(10)
    transposed = [float(network.conv2.weight.detach().std()) for network in (model, usual)]
    assert transposed[0] == pytest.approx(transposed[1], rel=0.05)
    assert torch.equal(model.norm1.running_var, torch.ones(32))
    assert torch.equal(
        untrained(NetworkConfig("modular_97k"), seed=3).conv2.weight, model.conv2.weight
    )


@pytest.mark.parametrize("name", NETWORKS.names())
def test_every_convolution_and_every_sum_has_a_footprint(name):
    """Also a sum that a ReLU in place writes over, as in residual blocks."""
    model = untrained(NetworkConfig(name))
    pictures = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found = footprints(model, pictures)
    wide = [module for module in model.modules() if isinstance(module, nn.Conv2d | nn.MaxPool2d)]
    blocks = [module for module in model.modules() if isinstance(module, Residual)]
    assert sum(entry.type in ("Conv2d", "MaxPool2d") for entry in found) == len(wide)
    assert sum(entry.type == "sum" for entry in found) >= len(blocks)
    assert all(max(map(max, entry.heat)) == 1 for entry in found)


def test_a_sum_s_footprint_is_that_of_both_branches():
    """By hand: the center of x + conv(x) sees 3x3, and the middle twice."""
    conv = nn.Conv2d(3, 3, 3, padding=1, bias=False)
    nn.init.ones_(conv.weight)
    block = Residual(nn.Sequential(conv), nn.ReLU(inplace=True))
    (_, both) = footprints(block, torch.ones(1, 3, 9, 9))
    heat = torch.tensor(both.heat)
    assert both.box == (3, 5, 3, 5)
    assert heat[3:6, 3:6].count_nonzero() == 9 == heat.count_nonzero()
    assert heat[4, 4] == 1
