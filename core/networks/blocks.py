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
