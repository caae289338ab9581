"""Operators that propagation has no rule for, against arithmetic and the gradient probe."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core.analysis.inspect import inspect
from core.analysis.receptive_field.gradient_probe import Probe
from core.analysis.receptive_field.propagation import handlers
from core.analysis.receptive_field.propagation.element_windows import windows_of
from core.analysis.receptive_field.propagation.forward import trace
from core.analysis.receptive_field.propagation.layout import image
from core.analysis.receptive_field.propagation.operations import Traced
from core.analysis.receptive_field.propagation.unknown_operators import ask
from core.analysis.rules.check import check
from core.analysis.summary.formats import totals
from core.analysis.summary.inspection import flat

CHANNELS = 8
FIELD = 3 + 2 * 1 + 2 * 2  # a 3x3 kernel, one more at jump 1, one at jump 2


class Around(nn.Module):
    """Convolutions round an operation: 3x3, 3x3 of stride 2, the operation, 3x3."""

    def __init__(self, operation, channels=CHANNELS):
        super().__init__()
        self.first = nn.Conv2d(3, CHANNELS, 3, padding=1)
        self.second = nn.Conv2d(CHANNELS, CHANNELS, 3, 2, padding=1)
        self.operation = operation
        self.last = nn.Conv2d(channels, 10, 3, padding=1)

    def forward(self, x):
        return self.last(self.operation(self.second(self.first(x)))).mean((2, 3))


def swapped_halves(x):
    made = torch.zeros_like(x)
    made[:, :4] = x[:, 4:]
    made[:, 4:] = x[:, :4]
    return made


def rows_written_apart(x):
    made = torch.empty_like(x)
    made[:, :, 5:] = x[:, :, 5:]
    made[:, :, :5] = x[:, :, :5] * 2
    return made


def first_channel_off(x):
    x = x.clone()
    x[:, 0] = 0
    return x


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.forward = function


POINTWISE = [
    nn.CELU(), nn.ELU(), nn.GELU(), nn.GELU("tanh"), nn.Hardshrink(), nn.Hardsigmoid(),
    nn.Hardswish(), nn.Hardtanh(), nn.LeakyReLU(), nn.LogSigmoid(), nn.Mish(), nn.PReLU(),
    nn.PReLU(CHANNELS), nn.ReLU(), nn.ReLU6(), nn.RReLU(), nn.SELU(), nn.SiLU(), nn.Sigmoid(),
    nn.Softplus(), nn.Softshrink(), nn.Softsign(), nn.Tanh(), nn.Tanhshrink(),
    nn.Threshold(0.1, 0.0), nn.Softmax2d(), nn.Softmax(1), nn.Softmin(1), nn.LogSoftmax(1),
    nn.Dropout(), nn.Dropout2d(), nn.AlphaDropout(), nn.FeatureAlphaDropout(), nn.Identity(),
    nn.BatchNorm2d(CHANNELS), nn.GroupNorm(2, CHANNELS), nn.InstanceNorm2d(CHANNELS),
    nn.LocalResponseNorm(3), nn.ChannelShuffle(2), nn.Conv2d(CHANNELS, CHANNELS, 1),
    nn.ReLU(inplace=True), nn.Hardswish(inplace=True), nn.ELU(inplace=True),
]  # fmt: skip
FUNCTIONS = {
    name: getattr(torch, name)
    for name in (
        *("abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh"),
        *("deg2rad", "digamma", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fix", "floor"),
        *("frac", "i0", "lgamma", "log", "log10", "log1p", "log2", "logit", "neg", "positive"),
        *("rad2deg", "reciprocal", "relu", "round", "rsqrt", "sgn", "sigmoid", "sign", "sin"),
        *("sinc", "sinh", "sqrt", "square", "tan", "tanh", "trunc"),
    )
} | {
    "normalize": lambda x: F.normalize(x, dim=1),
    "normalize p=1": lambda x: F.normalize(x, 1.0, dim=1),
    "by its norm": lambda x: x / x.norm(dim=1, keepdim=True),
    "by its vector norm": lambda x: x / torch.linalg.vector_norm(x, 3, dim=1, keepdim=True),
    "channels by list": lambda x: x[:, [3, 2, 1, 0, 7, 6, 5, 4]],
    "channels by tensor": lambda x: x[:, torch.tensor([1, 2, 3, 0, 4, 5, 6, 7])],
    "index_select": lambda x: x.index_select(1, torch.arange(8)),
    "repeat": lambda x: x.repeat(1, 2, 1, 1)[:, 3:11],
    "repeat_interleave": lambda x: x.repeat_interleave(2, 1)[:, ::2],
    "zeros_like": lambda x: x + torch.zeros_like(x),
    "ones_like": lambda x: x * torch.ones_like(x),
    "full_like": lambda x: x + torch.full_like(x, 2.0),
    "fold": lambda x: F.fold(F.unfold(x, 1), x.shape[2:], 1),
    "roll channels": lambda x: x.roll(1, 1),
    "roll and back": lambda x: x.roll(3, 2).roll(-3, 2),
    "swapped halves": swapped_halves,
    "rows written apart": rows_written_apart,
    "a channel off": first_channel_off,
    "swish by hand": lambda x: x * torch.sigmoid(x),
    "clamp_min": lambda x: x.clamp_min(0),
    "clamp_max": lambda x: x.clamp_max(1),
    "addcmul": lambda x: torch.addcmul(x, x, x),
    "lerp": lambda x: torch.lerp(x, x * 2, 0.3),
    "where": lambda x: torch.where(x > 0, x, 0.1 * x),
    "masked_fill": lambda x: x.masked_fill(x < 0, 0.0),
    "threshold": lambda x: F.threshold(x, 0.1, 0.0),
    "nan_to_num": torch.nan_to_num,
    "pow": lambda x: x**2,
    "hypot": lambda x: torch.hypot(x, x),
    "copysign": lambda x: torch.copysign(x, x),
    "atan2": lambda x: torch.atan2(x, x + 1),
    "sort of channels": lambda x: x.sort(1).values,
    "cumsum of channels": lambda x: x.cumsum(1),
    "logsumexp": lambda x: x + x.logsumexp(1, keepdim=True),
    "einsum": lambda x: torch.einsum("nchw,dc->ndhw", x, torch.ones(8, 8)),
    "tokens": lambda x: F.hardswish(x.flatten(2).transpose(1, 2)).transpose(1, 2).view(x.shape),
    "flip twice": lambda x: x.flip(2).flip(2),
    "channels last": lambda x: F.hardswish(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
    "unfold in place": lambda x: x.unfold(2, 1, 1).squeeze(-1),
    "GLU": lambda x: F.glu(torch.cat([x, x], 1), 1),
    "RMS norm of channels": lambda x: F.rms_norm(x.permute(0, 2, 3, 1), (8,)).permute(0, 3, 1, 2),
}  # fmt: skip
SWEEP = {str(module): module for module in POINTWISE} | {
    name: Function(function) for name, function in FUNCTIONS.items()
}


def test_the_sweep_is_of_more_than_a_hundred():
    assert len(SWEEP) >= 100


@pytest.mark.parametrize("name", SWEEP)
def test_operations_on_one_position_leave_the_field_unchanged(name):
    found = inspect(Around(SWEEP[name]), suggest=False)
    assert found.failure is None
    assert flat(found.receptive_field) == FIELD, found.notes
    assert (found.notes, found.global_paths, found.undetermined) == ((), (), "")


WIDER = {  # how many positions of the map at stride 2 an operation looks at, by hand
    "unfold and fold": (lambda x: F.fold(F.unfold(x, 3, padding=1), x.shape[2:], 3, padding=1), 5),
    "average in three dimensions": (lambda x: F.avg_pool3d(x, 3, 1, 1), 3),
    "norm pooling": (lambda x: F.lp_pool2d(x, 2.0, 3, 1), 3),
    "largest of windows": (lambda x: x.unfold(2, 3, 1).unfold(3, 3, 1).amax((-1, -2)), 3),
    "median of windows": (lambda x: x.unfold(2, 3, 1).unfold(3, 3, 1).flatten(-2).median(-1)[0], 3),
    "neighbors by roll": (lambda x: x + x.roll(1, 2) + x.roll(1, 3), 2),
    "circular": (nn.Conv2d(8, 8, 3, padding=1, padding_mode="circular"), 3),
    "circular by hand": (
        lambda x: F.avg_pool2d(F.pad(torch.cat([x[:, :, -1:], x, x[:, :, :1]], 2), (1, 1)), 3, 1),
        3,
    ),
    "reflected": (nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"), 3),
    "replicated": (nn.Conv2d(8, 8, 3, padding=1, padding_mode="replicate"), 3),
    "written into zeros": (
        lambda x: F.avg_pool2d(written_into_zeros(x), 3, 1),
        3,
    ),
}


def written_into_zeros(x):
    made = x.new_zeros(*x.shape[:2], x.shape[2] + 2, x.shape[3] + 2)
    made[:, :, 1:-1, 1:-1] = x
    return made


@pytest.mark.parametrize("name", WIDER)
def test_operations_on_neighbors(name):
    operation, positions = WIDER[name]
    if not isinstance(operation, nn.Module):
        operation = Function(operation)
    found = inspect(Around(operation), suggest=False)
    assert flat(found.receptive_field) == FIELD + 2 * (positions - 1)
    assert found.undetermined == ""


RESIZED = {  # downsampling by 2 of the map at stride 2: its taps, by hand
    "bilinear": ({"mode": "bilinear"}, 2),
    "antialiased": ({"mode": "bilinear", "antialias": True}, 4),
    "bicubic": ({"mode": "bicubic"}, 4),
    "nearest": ({"mode": "nearest"}, 1),
    "nearest exact": ({"mode": "nearest-exact"}, 1),
    "area": ({"mode": "area"}, 2),
}


@pytest.mark.parametrize("name", RESIZED)
def test_downsampling_by_resizing(name):
    options, taps = RESIZED[name]
    resize = Function(lambda x: F.interpolate(x, scale_factor=0.5, **options))
    found = inspect(Around(resize), suggest=False)
    # 5 before it (3 + 2 at jump 1), then the taps at jump 2, then 3x3 at jump 4.
    assert flat(found.receptive_field) == 5 + (taps - 1) * 2 + 2 * 4


@pytest.mark.parametrize("size", [(9, 9), (24, 11), (5, 16)])
@pytest.mark.parametrize("align", [False, True])
def test_resizing_to_odd_sizes_as_probed(size, align):
    def resize(x):
        return F.interpolate(x, size, mode="bilinear", align_corners=align)

    model = nn.Sequential(nn.Conv2d(3, 4, 3), Function(resize), nn.Conv2d(4, 4, 3, padding=1))
    probe = Probe(model)
    last = probe.trace((31, 40)).nodes[-1].index
    (point,) = probe.points([last], (31, 40))
    assert point.agrees, point


GLOBAL = {
    "squeeze and excite": lambda x: x * x.mean((2, 3), keepdim=True).sigmoid(),
    "its largest": lambda x: x * x.amax((2, 3), keepdim=True).sigmoid(),
    "centered": lambda x: x - x.mean((2, 3), keepdim=True),
    "attention": lambda x: x + attention(x),
    "of torch": lambda x: x + attention(x, F.scaled_dot_product_attention),
    "pooled and upsampled": lambda x: (
        x + F.interpolate(F.adaptive_avg_pool2d(x, 1), x.shape[2:], mode="bilinear")
    ),
    "softmax over positions": lambda x: x * x.flatten(2).softmax(-1).view(x.shape),
    "one corner": lambda x: x + x[:, :, :1, :1],
    "a gate of unknown operators": lambda x: (
        x * F.hardsigmoid(torch.fft.fft2(x).abs().mean((2, 3), keepdim=True))
    ),
}


def attention(x, of=None):
    tokens = x.flatten(2).transpose(1, 2)
    weights = torch.softmax(tokens @ tokens.transpose(1, 2), -1)
    seen = of(tokens, tokens, tokens) if of else weights @ tokens
    return seen.transpose(1, 2).reshape(x.shape)


@pytest.mark.parametrize("name", GLOBAL)
def test_a_global_path_takes_nothing_from_the_field(name):
    found = inspect(Around(Function(GLOBAL[name])), suggest=False)
    assert flat(found.receptive_field) == FIELD
    assert len(found.global_paths) == 1
    assert found.undetermined == ""


def test_efficientnet_by_hand():
    """Its table (Tan and Le, 2019, table 1): kernel, stride and repeats of every stage."""
    torchvision = pytest.importorskip("torchvision")
    field, jump = 3, 2  # the stem: 3x3 of stride 2
    stages = [(3, 1, 1), (3, 2, 2), (5, 2, 2), (3, 2, 3), (5, 1, 3), (5, 2, 4), (3, 1, 1)]
    for kernel, stride, repeats in stages:
        for number in range(repeats):
            field += (kernel - 1) * jump
            jump *= stride if number == 0 else 1
    with torch.device("meta"):
        model = torchvision.models.efficientnet_b0(num_classes=10)
    found = inspect(model, suggest=False)
    assert flat(found.receptive_field) == field == 851
    assert len(found.global_paths) == 16  # one squeeze-and-excite a block


def tail(*layers):
    return nn.Sequential(nn.Conv2d(3, 8, 5), nn.Conv2d(8, 10, 5, 2), *layers, nn.Flatten())


TWICE = {
    "mean of the pooled": tail(nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d(1)),
    "window, then mean": tail(nn.AvgPool2d(12), nn.AdaptiveAvgPool2d(1)),
    "through a function": tail(Function(lambda x: x.mean((2, 3), keepdim=True)), nn.AvgPool2d(1)),
    "3x3 on one position": tail(nn.AdaptiveAvgPool2d(1), nn.Conv2d(10, 10, 3, padding=1)),
    "and pooled again": tail(
        nn.AdaptiveAvgPool2d(1), nn.Conv2d(10, 10, 3, padding=1), nn.AdaptiveAvgPool2d(1)
    ),
    "upsampled": tail(nn.AdaptiveAvgPool2d(1), nn.Upsample(scale_factor=4), nn.AvgPool2d(4)),
}


@pytest.mark.parametrize("name", TWICE)
def test_pooling_of_one_position_does_nothing(name):
    assert flat(inspect(TWICE[name], suggest=False).receptive_field) == 5 + 4


def test_strides_down_to_one_position_are_no_pooling():
    """32, 16, 8, 4, 2, 1: the field is that of the convolutions, wherever they are averaged."""
    convolutions = [nn.Conv2d(3 if i == 0 else 8, 8, 3, 2, padding=1) for i in range(5)]
    found = inspect(
        nn.Sequential(
            *convolutions, nn.Conv2d(8, 10, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        ),
        suggest=False,
    )
    assert flat(found.receptive_field) == 1 + 2 * (1 + 2 + 4 + 8 + 16) + 2 * 32
    assert {end.kind for end in found.collapses} == {"average pooling"}


def test_what_cannot_be_told_is_measured_by_gradient():
    found = inspect(Around(Function(lambda x: x + x.transpose(2, 3))), suggest=False)
    assert flat(found.receptive_field) == FIELD
    assert any("measured by gradient" in note for note in found.notes)


def test_where_nothing_answers_the_field_is_not_determined():
    class Shuffled(nn.Module):
        def forward(self, x):
            return torch.fft.ifft2(torch.fft.fft2(x).abs() + 0j).real

    found = inspect(Around(Shuffled()), suggest=False)
    assert found.receptive_field is None
    assert "fft" in found.undetermined
    verdicts = {rule.rule: rule for rule in check(found)}
    for name in ("receptive_field", "global_average_pooling"):
        assert (verdicts[name].passed, verdicts[name].measured) == (None, "not determined")
    assert "Receptive field before pooling: not determined. It is not" in totals(found)


def test_the_totals_say_what_else_is_seen():
    found = inspect(Around(Function(GLOBAL["squeeze and excite"])), suggest=False)
    assert "9 pixels.\nGlobal path" in totals(found)


HANDLED = {
    "max_pool2d": lambda x: F.max_pool2d(x, 3, 2, 1),
    "avg_pool2d": lambda x: F.avg_pool2d(x, 3, 1, 1),
    "adaptive": lambda x: F.adaptive_avg_pool2d(x, 4),
    "bilinear": lambda x: F.interpolate(x, (9, 20), mode="bilinear"),
    "bicubic": lambda x: F.interpolate(x, scale_factor=0.5, mode="bicubic"),
    "antialiased": lambda x: F.interpolate(x, (5, 7), mode="bilinear", antialias=True),
    "shuffle": lambda x: F.pixel_shuffle(x, 2),
    "flip": lambda x: x.flip(2),
    "slice": lambda x: x[:, :, 1::2, 3:],
    "select": lambda x: x[:, :, 3],
    "pad": lambda x: F.pad(x, (1, 2, 0, 3)),
    "mean": lambda x: x.mean((1, 3)),
    "norm": lambda x: x.norm(dim=1),
    "convolution": lambda x: F.conv2d(x, torch.ones(4, 8, 3, 3, dtype=x.dtype), dilation=2),
    "transposed": lambda x: F.conv_transpose2d(x, torch.ones(8, 4, 3, 3, dtype=x.dtype), stride=2),
    "cumsum": lambda x: x.cumsum(2),
    "cat": lambda x: torch.cat([x, x * 2], 2),
}


@pytest.mark.parametrize("name", HANDLED)
def test_a_handler_says_what_its_operator_answers(name, monkeypatch):
    """Every position's window, clipped to the image, by the rule and by asking."""
    model = Function(HANDLED[name])
    shape = (12, 16)
    told = trace(model, shape, channels=8).nodes
    monkeypatch.setattr("core.analysis.receptive_field.propagation.steps.HANDLERS", {})
    asked = trace(model, shape, channels=8).nodes
    assert len(told) == len(asked)
    for node, other in zip(told, asked, strict=True):
        assert not other.step.lost
        for axis, side in (("height", 12), ("width", 16)):
            first, second = (windows_of(n.geometry, axis) for n in (node, other))
            for low, high, end in zip(first, second, (0, side - 1), strict=True):
                assert (np.clip(low, 0, side - 1) == np.clip(high, 0, side - 1)).all(), (axis, end)


def test_an_operator_is_asked_once():
    calls = []

    def operator(x):
        calls.append(x.shape)
        return x * 2

    seen = Traced(image(2, 3, 8, 8), (2, 3, 8, 8))
    first = ask(operator, (seen,), {})
    count = len(calls)
    assert ask(operator, (seen,), {}) == first
    assert len(calls) == count
    assert "hardswish" not in handlers.HANDLERS  # these tests are of operators without a rule
