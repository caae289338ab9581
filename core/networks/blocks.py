"""Pieces that several families are made of. Imports torch: import it where a network is built."""

from collections import Counter
from collections.abc import Iterable

from torch import Tensor, nn

_SHORT = {"Conv2d": "conv", "BatchNorm2d": "norm", "Dropout2d": "drop", "Linear": "fc"}


class Flat(nn.Sequential):
    """A chain of layers whose last map (N, classes, 1, 1) leaves as logits (N, classes).

    The flattening is a step of forward and no layer, as in the documents, whose printed tables
    end with the pooling.
    """

    def forward(self, input: Tensor) -> Tensor:
        logits: Tensor = super().forward(input)  # type: ignore[no-untyped-call]
        return logits.flatten(1)


def chain(layers: Iterable[nn.Module]) -> Flat:
    """The layers one after another, named by kind and count: conv1, norm1, relu1, conv2, ..."""
    network = Flat()
    seen: Counter[str] = Counter()
    for layer in layers:
        kind = type(layer).__name__
        short = _SHORT.get(kind, "pool" if "Pool" in kind else kind.lower())
        seen[short] += 1
        network.add_module(f"{short}{seen[short]}", layer)
    return network


def conv_block(inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """A full 3x3 convolution, batch normalization and ReLU; (N, inputs, H, W) keeps H / stride."""
    return nn.Sequential(*_conv(inputs, outputs, stride, dilation), nn.ReLU(inplace=True))


def separable_block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A depthwise 3x3 and a pointwise convolution (Howard et al., 2017, arXiv:1704.04861).

    Nothing stands between the two: on small maps a normalization costs as much as either. The
    stride is the pointwise one's, which picks pixels: forward and backward of a strided depthwise
    convolution take oneDNN many times as long as those of a plain one (benchmarks/layers.py).
    """
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
        nn.Conv2d(inputs, outputs, 1, stride, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """What `body` finds is added to what it was given (He et al., 2016, arXiv:1512.03385)."""

    def __init__(self, body: nn.Module, after: nn.Module | None = None) -> None:
        super().__init__()
        self.body = body
        self.after = after or nn.Identity()

    @classmethod
    def basic(cls, channels: int, dilation: int = 1) -> "Residual":
        """Two 3x3 convolutions, the first dilated. The second's scale begins at 0, so that the
        block begins as doing nothing (Goyal et al., 2017, arXiv:1706.02677)."""
        second = _conv(channels, channels)
        nn.init.zeros_(second[-1].weight)
        body = nn.Sequential(conv_block(channels, channels, dilation=dilation), *second)
        return cls(body, nn.ReLU(inplace=True))

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = self.after(input + self.body(input))
        return output


def _conv(
    inputs: int, outputs: int, stride: int = 1, dilation: int = 1
) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    return (
        nn.Conv2d(inputs, outputs, 3, stride, padding=dilation, dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
    )
