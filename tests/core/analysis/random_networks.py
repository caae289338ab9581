"""Random networks with branches, for property tests: a plan drawn by hypothesis, and its module."""

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS = 4

kernels = st.sampled_from([1, 2, 3, 5])
pairs = st.tuples(kernels, kernels)
strides = st.tuples(st.sampled_from([1, 1, 1, 2, 3]), st.sampled_from([1, 1, 1, 2, 3]))
paddings = st.tuples(st.integers(0, 2), st.integers(0, 2))
dilations = st.tuples(st.sampled_from([1, 1, 2, 3]), st.sampled_from([1, 1, 2, 3]))

convolutions = st.tuples(
    st.just("conv"), pairs, strides, paddings, dilations, st.sampled_from([1, 1, 2, CHANNELS])
)
poolings = st.tuples(
    st.sampled_from(["max", "avg", "functional_max"]), st.sampled_from([2, 3]), st.integers(1, 3)
)
transposed = st.tuples(st.just("up_conv"), kernels, st.integers(1, 3), st.integers(0, 1))
simple = st.sampled_from(
    [
        ("norm",),
        ("relu",),
        ("shuffle",),
        ("flip",),
        ("crop", 1, 0),
        ("crop", 0, 2),
        ("every_other",),
        ("pad", 2, 1, 0, 3),
        ("nearest", 2),
        ("bilinear", 2),
        ("bilinear", 3),
        ("pixel_shuffle",),
        ("space_to_depth",),
        ("reshaped_space_to_depth",),
        ("tokens",),
        ("adaptive", 5),
        ("gate",),
        ("centered",),
        ("hardswish",),
        ("roll", 2),
        ("wrapped_pad",),
        ("half_written",),
        ("downsampled", False),
        ("downsampled", True),
        ("own_maximum",),
    ]
)
leaves = st.one_of(convolutions, convolutions, poolings, transposed, simple)
joins = st.sampled_from(["residual", "concat", "product"])
chains = st.recursive(
    st.lists(leaves, min_size=1, max_size=3),
    lambda inner: st.lists(
        st.one_of(leaves, st.tuples(joins, inner, inner)), min_size=1, max_size=3
    ),
    max_leaves=4,
)
# Every network has a branch: something before it, the branch, something after it.
plans = st.builds(
    lambda before, branch, after: [*before, branch, *after],
    st.lists(leaves, max_size=2),
    st.tuples(joins, chains, chains),
    st.lists(leaves, max_size=2),
)

SMALLEST, LARGEST = 9, 110  # sides of maps that an operation may start from, and may make


class Planned(nn.Module):
    """Carries a plan out; a step that a map is too small or too large for is passed over."""

    def __init__(self, plan: list[Any]) -> None:
        super().__init__()
        self.steps = nn.ModuleList()
        self.plan = plan
        self.first = nn.Conv2d(3, CHANNELS, 1)
        self.body = Chain(plan)

    def forward(self, x: Tensor) -> Tensor:
        return self.body(self.first(x)).mean((2, 3))


class Chain(nn.Module):
    def __init__(self, plan: list[Any]) -> None:
        super().__init__()
        self.plan = plan
        self.parts = nn.ModuleList(_part(step) for step in plan)

    def forward(self, x: Tensor) -> Tensor:
        for step, part in zip(self.plan, self.parts, strict=True):
            if min(x.shape[2:]) < SMALLEST or max(x.shape[2:]) > LARGEST:
                continue
            x = _apply(step, part, x)
        return x


def _part(step: Any) -> nn.Module:
    match step:
        case ("conv", kernel, stride, padding, dilation, groups):
            return nn.Conv2d(CHANNELS, CHANNELS, kernel, stride, padding, dilation, groups=groups)
        case ("max", kernel, stride):
            return nn.MaxPool2d(kernel, stride, ceil_mode=stride == 2)
        case ("avg", kernel, stride):
            return nn.AvgPool2d(kernel, stride, padding=1)
        case ("up_conv", kernel, stride, padding):
            kernel = max(kernel, stride)  # without gaps: see test_reach for those
            padding = min(padding, (kernel - 1) // 2)
            return nn.ConvTranspose2d(CHANNELS, CHANNELS, kernel, stride, padding)
        case ("norm",):
            return nn.BatchNorm2d(CHANNELS)
        case ("pixel_shuffle",):
            return nn.Conv2d(CHANNELS, 4 * CHANNELS, 1)
        case ("space_to_depth",) | ("reshaped_space_to_depth",):
            return nn.Conv2d(4 * CHANNELS, CHANNELS, 1)
        case ("tokens",):
            return nn.Linear(CHANNELS, CHANNELS)
        case ("residual" | "concat" | "product", first, second):
            return nn.ModuleList([Chain(first), Chain(second)])
        case _:
            return nn.Identity()


def _apply(step: Any, part: Any, x: Tensor) -> Tensor:
    match step:
        case ("conv", kernel, _, padding, dilation, _):
            sizes = zip(x.shape[2:], kernel, padding, dilation, strict=True)
            fits = all(n + 2 * p > d * (k - 1) for n, k, p, d in sizes)
            return part(x) if fits else x
        case ("functional_max", kernel, stride):
            return F.max_pool2d(x, kernel, stride, dilation=2)
        case ("relu",):
            return F.relu(x)
        case ("shuffle",):
            n, c, h, w = x.shape
            return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        case ("flip",):
            return x.flip(2)
        case ("crop", top, left):
            return x[:, :, top:, left : x.shape[3] - 1]
        case ("every_other",):
            return x[:, :, 1::2, ::2]
        case ("pad", left, right, top, bottom):
            return F.pad(x, (left, right, top, bottom))
        case ("nearest", factor):
            return F.interpolate(x, scale_factor=factor)
        case ("bilinear", factor):
            return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
        case ("pixel_shuffle",):
            return F.pixel_shuffle(part(x), 2)
        case ("space_to_depth",):
            x = x[:, :, : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2]
            return part(F.pixel_unshuffle(x, 2))
        case ("reshaped_space_to_depth",):
            n, c, h, w = x.shape
            x = x[:, :, : h // 2 * 2, : w // 2 * 2]
            x = x.reshape(n, c, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4)
            return part(x.reshape(n, 4 * c, h // 2, w // 2))
        case ("tokens",):
            n, c, h, w = x.shape
            return part(x.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(n, c, h, w)
        case ("adaptive", size):
            return F.adaptive_avg_pool2d(x, size)
        # Global paths are cut for the gradient, which is then that of the local paths alone.
        case ("gate",):
            return x * torch.sigmoid(x.mean((2, 3), keepdim=True).detach())
        case ("centered",):
            return x - x.mean((2, 3), keepdim=True).detach()
        case ("hardswish",):
            return F.hardswish(x)
        case ("roll", shift):
            return x.roll(shift, 3)
        case ("wrapped_pad",):
            return F.pad(x, (1, 1, 2, 2), mode="circular")
        case ("half_written",):
            made = torch.zeros_like(x)
            made[:, :2] = x[:, 2:]
            made[:, 2:] = x[:, :2]
            return made
        case ("downsampled", antialias):
            return F.interpolate(x, scale_factor=0.5, mode="bilinear", antialias=antialias)
        case ("own_maximum",):
            return torch.maximum(x[:, :, :-1], x[:, :, 1:])
        case ("residual", _, _):
            first, second = _cropped(part[0](x), part[1](x))
            return first + second
        case ("product", _, _):
            first, second = _cropped(part[0](x), part[1](x))
            return first * second
        case ("concat", _, _):
            joined = torch.cat(_cropped(part[0](x), part[1](x)), 1)
            return joined[:, ::2] + joined[:, 1::2]
        case _:
            return part(x)


def _cropped(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    height = min(first.shape[2], second.shape[2])
    width = min(first.shape[3], second.shape[3])
    return first[:, :, :height, :width], second[:, :, :height, :width]
