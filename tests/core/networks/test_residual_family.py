"""Our own networks against arithmetic, and inside every rule with the policies of their recipes."""

import pytest
import torch

from core.analysis.inspect import inspect
from core.analysis.receptive_field.cross_check import compare
from core.analysis.rules.check import check
from core.analysis.summary.inspection import flat
from core.config.run_config import NetworkConfig
from core.networks.blocks import separable_block
from core.networks.building import build
from core.training.recipes import RECIPES

OURS = ("sprint", "summit")


def full(inputs, outputs):
    """Weights of a 3x3 convolution, scale and shift of its normalization."""
    return 9 * inputs * outputs + 2 * outputs


def separable(inputs, outputs):
    return 9 * inputs + inputs * outputs + 2 * outputs


def counted(channels, repeats, classes=10):
    a, b, c, d = channels
    count = full(3, a) + full(a, b) + full(b, c) + separable(c, d)
    count += sum(2 * n * full(w, w) for w, n in zip((a, b, c), repeats[:3], strict=True))
    return count + repeats[3] * separable(d, d) + d * classes + classes


def field(repeats):
    """By hand: a 3x3 kernel sees 2 steps more, a dilated one 4; a step is 1, 2, 4, 8 pixels."""
    one, two, three, four = repeats
    size = 1 + 2 + 4 * one  # C1, all at 1 pixel a step
    size += 2 + 2 * 4 * two  # into C2, then two kernels a residual, 2 pixels a step
    size += 2 * 2 + (8 + 16) * three  # into C3, then one dilated and one plain kernel at 4
    return size + 2 * 4 + 16 * four  # into C4, then one kernel a residual at 8


@pytest.mark.parametrize(
    ("name", "channels", "repeats"),
    [
        ("sprint", (24, 40, 64, 96), (0, 2, 1, 1)),
        ("summit", (16, 32, 48, 64), (2, 4, 2, 1)),
    ],
)
def test_parameters_and_receptive_field_are_those_of_arithmetic(name, channels, repeats):
    inspection = inspect(NetworkConfig(name), suggest=False)
    assert inspection.parameters == counted(channels, repeats) < 200_000
    assert flat(inspection.receptive_field) == field(repeats) > 44
    assert compare(NetworkConfig(name)).agrees, "probed by gradient it is the same"


@pytest.mark.parametrize("name", OURS)
def test_inside_every_rule_with_the_policy_of_its_recipe(name):
    config = RECIPES[name].config
    assert config.network == NetworkConfig(name)
    results = check(inspect(config.network), config.policy)
    assert {r.rule: r.passed for r in results if r.passed is not True} == {"accuracy": None}


def test_the_stride_of_a_separable_block_may_stand_with_either_convolution():
    """What it gives is that of a strided depthwise convolution, which is slow to train."""
    torch.manual_seed(0)
    block, images = separable_block(6, 5, stride=2).eval(), torch.randn(2, 6, 9, 8)
    depthwise, pointwise, *rest = block
    expected = torch.nn.functional.conv2d(images, depthwise.weight, stride=2, padding=1, groups=6)
    expected = torch.nn.functional.conv2d(expected, pointwise.weight)
    for layer in rest:
        expected = layer(expected)
    assert expected.shape == (2, 5, 5, 4)
    assert torch.allclose(block(images), expected, atol=1e-6)


@pytest.mark.parametrize("name", OURS)
def test_residuals_begin_as_doing_nothing_and_learn(name):
    """With its second scale at 0 a residual gives what it was given, where that is positive."""
    network = build(NetworkConfig(name))
    block = network.c2[1]
    channels = block.body[-1].num_features
    inside = torch.rand(2, channels, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(block(inside.clone()), inside)
    block(inside).sum().backward()
    assert block.body[-1].weight.grad.abs().sum() > 0
