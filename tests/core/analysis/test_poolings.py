"""What is computed of neighboring positions decides, in whatever spelling.

The oracle of a spelling is what it computes: every body below is run on numbers beside the plain
formula (the largest of 2x2 neighbors, the mean of the map), and the expected verdict follows.
"""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core.analysis.inspect import inspect
from core.analysis.poolings.record import PoolingKind
from core.analysis.rules.check import check
from core.analysis.summary.inspection import Inspection


class Forward(nn.Module):
    """A convolution, and then what is asked about."""

    def __init__(self, body, channels=8, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, padding=1, stride=stride)
        self.body = [body]

    def forward(self, x):
        return self.body[0](self.conv(x))


def passed(model, rule, size=16):
    return {r.rule: r.passed for r in check(inspect(model, image_size=size, suggest=False))}[rule]


def rows(x):
    return x[:, :, ::2], x[:, :, 1::2]


def windows(x):
    """(N, C, H / 2, W / 2, 4): the 2x2 neighborhoods."""
    return x.unfold(2, 2, 2).unfold(3, 2, 2).flatten(-2)


def of_rows(choose):
    return lambda x: choose(*rows(x))


def softmaxed(x):
    return (windows(x) * (1e4 * windows(x)).softmax(-1)).sum(-1)


# Each of these is the largest of two rows ...
LARGEST_OF_ROWS = {
    "maximum": of_rows(torch.maximum),
    "fmax": of_rows(torch.fmax),
    "where": of_rows(lambda a, b: torch.where(a > b, a, b)),
    "relu of the difference": of_rows(lambda a, b: F.relu(a - b) + b),
    "half of the distance": of_rows(lambda a, b: (a + b + (a - b).abs()) / 2),
    "masks": of_rows(lambda a, b: (a > b) * a + (a <= b) * b),
    "stack and amax": of_rows(lambda a, b: torch.stack((a, b)).amax(0)),
    "minus the smallest": of_rows(lambda a, b: -torch.minimum(-a, -b)),
}
# ... and each of these of 2x2 neighbors.
LARGEST_OF_FOUR = {
    "max_pool2d": lambda x: F.max_pool2d(x, 2),
    "pixel_unshuffle": lambda x: F.pixel_unshuffle(x, 2).view(-1, 8, 4, 8, 8).amax(2),
    "view": lambda x: x.view(-1, 8, 8, 2, 8, 2).amax((3, 5)),
    "unfold": lambda x: windows(x).amax(-1),
    "F.unfold": lambda x: F.unfold(x, 2, stride=2).view(-1, 8, 4, 8, 8).amax(2),
    "sort": lambda x: windows(x).sort(-1).values[..., -1],
    "topk": lambda x: windows(x).topk(1).values[..., 0],
    "kthvalue": lambda x: windows(x).kthvalue(4).values,
    "cummax": lambda x: windows(x).cummax(-1).values[..., -1],
    "quantile": lambda x: windows(x).quantile(1.0, -1),
    "aminmax": lambda x: windows(x).aminmax(dim=-1).max,
    "logsumexp": lambda x: (1e4 * windows(x)).logsumexp(-1) / 1e4,
    "soft maximum": softmaxed,
    "two directions": lambda x: F.max_pool2d(F.max_pool2d(x, (2, 1)), (1, 2)),
}


@pytest.mark.parametrize("name", LARGEST_OF_ROWS)
def test_the_largest_of_two_rows(name):
    body = LARGEST_OF_ROWS[name]
    image = torch.randn(2, 8, 16, 16)
    assert torch.allclose(body(image), F.max_pool2d(image, (2, 1)), atol=1e-5)
    assert passed(Forward(lambda x: body(x).mean((2, 3))), "no_max_pooling") is False


@pytest.mark.parametrize("name", LARGEST_OF_FOUR)
def test_the_largest_of_four(name):
    body = LARGEST_OF_FOUR[name]
    image = torch.randn(2, 8, 16, 16)
    assert torch.allclose(body(image), F.max_pool2d(image, 2), atol=1e-2)
    assert passed(Forward(lambda x: body(x).mean((2, 3))), "no_max_pooling") is False


@pytest.mark.parametrize(
    "body",
    [
        lambda x: torch.maximum(x[:, :, 1:], x[:, :, :-1]),
        lambda x: torch.maximum(x, x.roll(1, 3)),
        lambda x: F.max_pool2d(F.relu(x), 3, 2, 1),
        lambda x: F.max_pool2d(x.abs(), 2),
        lambda x: torch.linalg.vector_norm(windows(x), float("inf"), -1),
        lambda x: windows(x).quantile(0.9, -1),
        lambda x: windows(x).topk(2).values.mean(-1),
        lambda x: F.adaptive_max_pool2d(x, 4),
    ],
    ids=["shifted", "rolled", "after ReLU", "of sizes", "infinity norm", "quantile 0.9",
         "the two largest", "adaptive"],
)  # fmt: skip
def test_other_choices_by_value(body):
    assert passed(Forward(lambda x: body(x).mean((2, 3))), "no_max_pooling") is False


@pytest.mark.parametrize(
    "body",
    [
        lambda x: x.amax((2, 3)),
        lambda x: x.flatten(2).max(2)[0],
        lambda x: x.max(3).values.max(2).values,
        lambda x: x.flatten(2).sort(2).values[..., -1],
        lambda x: x.flatten(2).logsumexp(2),
    ],
)
def test_the_largest_of_the_whole_map(body):
    assert passed(Forward(body, 10), "no_max_pooling") is False
    assert passed(Forward(body, 10), "global_average_pooling") is False


NO_MAX_POOLING = {
    "one position": lambda x: F.max_pool2d(x, 1),
    "every second position": lambda x: F.max_pool2d(x, 1, 2),
    "maxout over channels": lambda x: x.view(-1, 4, 2, 16, 16).amax(2),
    "less the largest channel": lambda x: x - x.amax(1, keepdim=True),
    "a gate": lambda x: x * x.amax((2, 3), keepdim=True).sigmoid(),
    "divided by the largest": lambda x: x / x.amax((2, 3), keepdim=True),
    "average after ReLU": lambda x: F.avg_pool2d(F.relu(x), 2),
    "average by view": lambda x: F.relu(x).view(-1, 8, 8, 2, 8, 2).mean((3, 5)),
    "root mean square": lambda x: F.lp_pool2d(x, 2.0, 2),
    "leaky ReLU by maximum": lambda x: torch.maximum(x, 0.1 * x),
    "the larger of itself and the mean": lambda x: torch.maximum(x, F.avg_pool2d(x, 3, 1, 1)),
    "crop": lambda x: x[:, :, ::2, ::2],
    "bilinear": lambda x: F.interpolate(x, 8, mode="bilinear"),
    "instance norm": F.instance_norm,
    "the middle of nine": lambda x: F.unfold(x, 3).view(-1, 8, 9, 14, 14).median(2).values,
}


@pytest.mark.parametrize("name", NO_MAX_POOLING)
def test_what_is_no_max_pooling(name):
    body = NO_MAX_POOLING[name]
    assert passed(Forward(lambda x: body(x).mean((2, 3))), "no_max_pooling") is True


def test_a_squeeze_and_excite_gate_by_maximum():
    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.out = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 10, 1)
            self.small, self.large = nn.Linear(8, 4), nn.Linear(4, 8)

        def forward(self, x):
            x = self.conv(x)
            gate = self.large(F.relu(self.small(x.amax((2, 3))))).sigmoid()
            return self.out(x * gate[:, :, None, None]).mean((2, 3))

    assert passed(Gated(), "no_max_pooling") is True
    assert passed(Gated(), "global_average_pooling") is True


AVERAGES = {
    "mean": lambda x: x.mean((2, 3)),
    "two means": lambda x: x.mean(2).mean(2),
    "tokens": lambda x: x.flatten(2).mean(2),
    "adaptive": lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1),
    "avg_pool2d": lambda x: F.avg_pool2d(x, 8).flatten(1),
    "sum over the number": lambda x: x.sum((2, 3)) / 64,
    "sum times a fraction": lambda x: x.sum((2, 3)) * (1 / 64),
    "product with ones": lambda x: (x.flatten(2) @ torch.full((64, 1), 1 / 64)).squeeze(2),
    "einsum": lambda x: torch.einsum("nchw->nc", x) / 64,
    "einsum with weights": lambda x: torch.einsum("nchw,hw->nc", x, torch.full((8, 8), 1 / 64)),
    "a convolution with constants": lambda x: F.conv2d(
        x, torch.full((10, 1, 8, 8), 1 / 64), groups=10
    ).flatten(1),
    "pooled twice": lambda x: F.avg_pool2d(F.avg_pool2d(x, 2), 4).flatten(1),
    "channels last": lambda x: x.permute(0, 2, 3, 1).mean((1, 2)),
}


@pytest.mark.parametrize("name", AVERAGES)
def test_averages_over_the_whole_map(name):
    body, image = AVERAGES[name], torch.randn(2, 10, 8, 8)
    assert torch.allclose(body(image), image.mean((2, 3)), atol=1e-5)
    assert passed(Forward(body, 10, stride=2), "global_average_pooling") is True


def test_a_map_that_strides_shrank_to_one_position():
    body = nn.Sequential(  # 32 -> 16 -> 8 -> 1
        nn.MaxPool2d(2), nn.MaxPool2d(2), nn.Conv2d(10, 10, 3, stride=8, padding=1),
        nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.body = nn.Conv2d(3, 10, 3, padding=1), body

        def forward(self, x):
            return self.body(self.conv(x))

    assert passed(Small(), "global_average_pooling", size=32) is True


NO_AVERAGES = {
    "part of the map": lambda x: F.avg_pool2d(x, 5).flatten(1),
    "half of the map": lambda x: x[..., :4].mean((2, 3)),
    "one position": lambda x: x[:, :, 4, 4],
    "a quarter": lambda x: F.avg_pool2d(x, 4)[:, :, 0, 0],
    "sum": lambda x: x.sum((2, 3)),
    "sum over three": lambda x: x.sum((2, 3)) / 3,
    "unequal weights": lambda x: x.flatten(2) @ torch.arange(64.0) / 2016,
    "squares": lambda x: x.square().mean((2, 3)).sqrt(),
    "spread": lambda x: x.std((2, 3)),
    "largest of the means": lambda x: x.mean(2).amax(2),
}


@pytest.mark.parametrize("name", NO_AVERAGES)
def test_what_is_no_average_over_the_whole_map(name):
    body, image = NO_AVERAGES[name], torch.randn(2, 10, 8, 8)
    assert not torch.allclose(body(image).reshape(2, 10), image.mean((2, 3)), atol=1e-2)
    verdict = passed(Forward(body, 10, stride=2), "global_average_pooling")
    # The root of the mean square is not made of the map alone, but of its squares: an average.
    assert verdict is (name == "squares")


def test_a_buffer_s_numbers_are_looked_at():
    class Weighted(nn.Module):
        def __init__(self, fill):
            super().__init__()
            self.conv = nn.Conv2d(3, 10, 3, padding=1)
            self.register_buffer("weights", torch.full((10, 1, 16, 16), fill))

        def forward(self, x):
            return F.conv2d(self.conv(x), self.weights, groups=10).flatten(1)

    assert passed(Weighted(1 / 256), "global_average_pooling") is True
    assert passed(Weighted(1 / 200), "global_average_pooling") is False


class Fixed(nn.Module):
    """A fixed convolution; on the meta device its numbers are not known."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 10, 3, padding=1)
        self.register_buffer("weights", torch.ones(10, 1, 2, 2) / 4)

    def forward(self, x):
        return F.conv2d(self.conv(x), self.weights, stride=2, groups=10).mean((2, 3))


def test_where_numbers_are_not_known_nothing_is_judged():
    found = {r.rule: r for r in check(inspect(Fixed().to("meta"), suggest=False))}
    assert found["no_max_pooling"].passed is None
    assert found["no_max_pooling"].measured == "not determined"
    assert "conv2d in forward" in found["no_max_pooling"].why
    assert found["global_average_pooling"].passed is True
    assert passed(Fixed(), "no_max_pooling") is True


def test_a_pass_that_cannot_be_repeated_is_not_judged():
    class Once(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 10, 3)

        def forward(self, x):
            if not x.is_meta:
                raise RuntimeError("not twice")
            return torch.maximum(*rows(self.conv(x))).mean((2, 3))

    found = inspect(Once(), suggest=False)
    assert found.failure is None
    assert found.poolings is None
    verdicts = {r.rule: r.passed for r in check(found)}
    assert verdicts["no_max_pooling"] is verdicts["global_average_pooling"] is None


def test_poolings_survive_json():
    found = inspect(Forward(LARGEST_OF_FOUR["sort"]), suggest=False)
    again = Inspection.from_plain(found.to_plain())
    assert again.poolings == found.poolings
    assert all(isinstance(entry.kind, PoolingKind) for entry in again.poolings or ())
