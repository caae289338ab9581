"""Depthwise-separable pairs and blocks: what stands between, and by what the map is shrunk."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core.analysis.inspect import inspect
from core.analysis.rules.check import check


def ruled(model, rule, size=32):
    return {r.rule: r for r in check(inspect(model, image_size=size, suggest=False))}[rule]


class SqueezeExcite(nn.Module):
    def __init__(self, channels, pool=lambda x: x.mean((2, 3), keepdim=True)):
        super().__init__()
        self.small, self.large = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, channels, 1)
        self.pool = [pool]

    def forward(self, x):
        return x * self.large(F.relu(self.small(self.pool[0](x)))).sigmoid()


class Between(nn.Module):
    """A depthwise convolution, something, a pointwise one."""

    def __init__(self, middle):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.depthwise = nn.Conv2d(16, 16, 3, padding=1, groups=16)
        self.middle = middle if isinstance(middle, nn.Module) else None
        self.function = [middle]
        self.pointwise = nn.Conv2d(16, 10, 1)

    def forward(self, x):
        before = self.stem(x)
        after = self.depthwise(before)
        function = self.function[0]
        after = function(after) if self.middle is not None else function(before, after)
        return self.pointwise(after).mean((2, 3))


POSITIONWISE = {
    "nothing": lambda x, y: y,
    "MobileNetV3's order": nn.Sequential(nn.BatchNorm2d(16), nn.Hardswish(), SqueezeExcite(16)),
    "squeeze-and-excite by maximum": SqueezeExcite(16, lambda x: x.amax((2, 3), keepdim=True)),
    "a sum with the input": lambda x, y: y + x,
    "swish by hand": lambda x, y: y * torch.sigmoid(y),
    "clamp_min": lambda x, y: y.clamp_min(0),
    "CELU": nn.CELU(),
    "Softsign": nn.Softsign(),
    "PReLU": nn.PReLU(16),
    "ReLU6": nn.ReLU6(),
    "LogSigmoid": nn.LogSigmoid(),
    "GLU by hand": lambda x, y: y.tanh() * x.sigmoid(),
    "group norm and dropout": nn.Sequential(nn.GroupNorm(4, 16), nn.Dropout2d()),
    "in place": lambda x, y: F.relu_(y),
}
MIXING = {
    "average pooling": nn.AvgPool2d(3, 1, 1),
    "max pooling": nn.MaxPool2d(3, 1, 1),
    "pooled by view": lambda x, y: y.view(-1, 16, 16, 2, 16, 2).mean((3, 5)),
    "shifted": lambda x, y: y + y.roll(1, 2),
    "a full convolution": nn.Conv2d(16, 16, 3, padding=1),
    "global pooling": lambda x, y: y.mean((2, 3), keepdim=True),
}


@pytest.mark.parametrize("name", POSITIONWISE)
def test_what_may_stand_between(name):
    model, image = Between(POSITIONWISE[name]).eval(), torch.randn(1, 16, 8, 8)
    found = ruled(model, "depthwise_separable")
    assert found.passed is True
    assert found.layers == ("depthwise", "pointwise")
    if model.middle is not None:  # the oracle: but for a gate, a position depends on itself alone
        assert model.middle(image).shape == image.shape


@pytest.mark.parametrize("name", MIXING)
def test_what_may_not_stand_between(name):
    assert ruled(Between(MIXING[name]), "depthwise_separable").passed is False


def test_the_pointwise_convolution_of_a_gate_is_none_of_a_pair():
    class Gate(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.gate = nn.Conv2d(3, 16, 3), SqueezeExcite(16)
            self.depthwise = nn.Conv2d(16, 16, 3, groups=16)
            self.full = nn.Conv2d(16, 10, 3)

        def forward(self, x):
            return self.full(self.gate(self.depthwise(self.stem(x)))).mean((2, 3))

    assert ruled(Gate(), "depthwise_separable").passed is False


def conv(inputs, outputs=8, stride=1, **more):
    return nn.Conv2d(inputs, outputs, 3, stride, padding=more.get("dilation", 1), **more)


class Chain(nn.Module):
    """Convolutions and functions one after the other, then the mean and a classifier."""

    def __init__(self, *steps):
        super().__init__()
        self.steps = nn.ModuleList(step for step in steps if isinstance(step, nn.Module))
        self.order, self.classify = [steps], nn.Linear(8, 10)

    def forward(self, x):
        for step in self.order[0]:
            x = step(x)
        return self.classify(x.mean((2, 3)))


def halved_by_view(x):
    n, c, h, w = x.shape
    return x.view(n, c, h // 2, 2, w // 2, 2).mean((3, 5))


SHRINKING_WITHOUT_STRIDE = {
    "average by view": halved_by_view,
    "AvgPool2d": nn.AvgPool2d(2),
    "average of an unfold": lambda x: x.unfold(2, 2, 2).unfold(3, 2, 2).mean((-1, -2)),
    "sum of shuffled": lambda x: (
        F.pixel_unshuffle(x, 2).view(-1, 8, 4, *(s // 2 for s in x.shape[2:])).sum(2)
    ),
    "fixed blur": lambda x: F.conv2d(x, torch.full((8, 1, 2, 2), 0.25), stride=2, groups=8),
    "max pooling": nn.MaxPool2d(2),
}


@pytest.mark.parametrize("name", SHRINKING_WITHOUT_STRIDE)
def test_a_map_shrunk_by_pooling_three_times(name):
    shrink = SHRINKING_WITHOUT_STRIDE[name]
    model = Chain(conv(3), shrink, conv(8), shrink, conv(8), shrink, conv(8))
    found = ruled(model, "blocks")
    assert found.passed is False
    assert "by pooling" in found.why
    assert len(found.layers) == 3


def test_three_strided_convolutions():
    three = (conv(3, stride=2), conv(8, stride=2), conv(8, stride=2))
    assert ruled(Chain(*three), "blocks").value == 3
    # C1 at the image's size and three more, each begun by a stride; or ended by one:
    assert ruled(Chain(conv(3), conv(8, stride=2), *three[1:]), "blocks").value == 4
    assert ruled(Chain(*three, conv(8)), "blocks").value == 4


class Shortcut(nn.Module):
    """ResNet-D's: the main path has the stride, the shortcut averages first."""

    def __init__(self, pool, stride=2):
        super().__init__()
        self.main = nn.Sequential(conv(8, stride=stride), nn.ReLU(), conv(8))
        self.shortcut = nn.Sequential(pool, nn.Conv2d(8, 8, 1))

    def forward(self, x):
        return F.relu(self.main(x) + self.shortcut(x))


def test_a_shortcut_that_averages_beside_a_stride():
    def chain(*blocks):
        return Chain(conv(3), *blocks)

    three = [Shortcut(nn.AvgPool2d(2)) for _ in range(3)]
    assert ruled(chain(*three), "blocks").passed is True
    pooled = nn.Sequential(*(nn.Sequential(nn.AvgPool2d(2), conv(8)) for _ in range(3)))
    assert ruled(chain(pooled), "blocks").passed is False
    gated = [nn.Sequential(SqueezeExcite(8), nn.AvgPool2d(2), conv(8)) for _ in range(3)]
    assert ruled(chain(*gated), "blocks").passed is False


def test_slices_with_a_step_are_strides():
    every_second = lambda x: x[:, :, ::2, ::2]  # noqa: E731
    model = Chain(conv(3), every_second, conv(8), every_second, conv(8), every_second, conv(8))
    assert ruled(model, "blocks").passed is True
