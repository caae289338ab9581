"""What a layer costs: `python benchmarks/layers.py [--batch 128]`.

Seconds of forward and backward of single layers as a network of ours has them: bfloat16, channels
last, the lab's way of keeping memory. Multiply-accumulates alone do not say which network is quick:
some widths and some strided layers cost more than their share. All layers take turns, see turns.py.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import core  # noqa: F401  (first: it tells OpenMP how to wait, before torch is loaded)

# isort: split

import torch
from torch import nn

from benchmarks.turns import Way, machine, repeated, spread, take_turns
from core import allocator

# name -> channels, side of the maps in pixels, the layer
LAYERS: dict[str, tuple[int, int, nn.Module]] = {
    **{
        f"3x3 convolution, {width} at {side}x{side}": (
            width, side, nn.Conv2d(width, width, 3, padding=1, bias=False)
        )
        for side, widths in ((32, (16, 24, 32)), (16, (32, 40, 48)), (8, (48, 56, 64)))
        for width in widths
    },
    **{
        f"normalization, {width} at {side}x{side}": (width, side, nn.BatchNorm2d(width))
        for side, widths in ((32, (16, 24, 32)), (16, (32, 40, 48)))
        for width in widths
    },
    "depthwise 3x3, 64 at 8x8": (64, 8, nn.Conv2d(64, 64, 3, padding=1, groups=64, bias=False)),
    "the same, stride 2": (64, 8, nn.Conv2d(64, 64, 3, 2, padding=1, groups=64, bias=False)),
    "the same, dilation 2": (
        64, 8, nn.Conv2d(64, 64, 3, padding=2, dilation=2, groups=64, bias=False)
    ),
    "pointwise, 64 at 8x8": (64, 8, nn.Conv2d(64, 64, 1, bias=False)),
    "pointwise, 64 at 8x8, stride 2": (64, 8, nn.Conv2d(64, 64, 1, 2, bias=False)),
}  # fmt: skip


def way(channels: int, side: int, layer: nn.Module, batch: int) -> Way:
    """Forward and backward of the layer on one batch."""
    layer = layer.to(memory_format=torch.channels_last).train()
    inputs = torch.randn(batch, channels, side, side, dtype=torch.bfloat16)
    inputs = inputs.contiguous(memory_format=torch.channels_last).requires_grad_()

    def once() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            output = layer(inputs)
        output.backward(torch.ones_like(output))
        inputs.grad = None
        layer.zero_grad(set_to_none=True)

    return repeated(once)


def operations(channels: int, side: int, layer: nn.Module, batch: int) -> float:
    """Multiplications and additions of forward and backward; 0 for a normalization.

    Two a multiply-accumulate, and the gradients of inputs and of weights are as much work as the
    forward pass each.
    """
    if not isinstance(layer, nn.Conv2d):
        return 0.0
    outputs = (side // layer.stride[0]) ** 2
    return 3.0 * 2 * batch * outputs * layer.weight.numel()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=3, help="of each layer in a round")
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args(arguments)
    allocator.keep_memory()
    ways = {name: way(*layer, args.batch) for name, layer in LAYERS.items()}
    found = take_turns(ways, args.steps, args.rounds)
    print(
        f"Batches of {args.batch}, bfloat16, channels last; {args.rounds} rounds of {args.steps} "
        f"in turn. {machine()}.\n\n| | ms, median (middle half) | GFLOP/s |\n|---|---|---|"
    )
    for name, layer in LAYERS.items():
        seconds, work = spread(found[name]), operations(*layer, args.batch)
        speed = format(work / seconds.median / 1e9, ",.0f") if work else ""
        print(f"| {name} | {spread([1000 * s for s in found[name]]).show()} | {speed} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
