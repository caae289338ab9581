"""The effective receptive field: how much each input pixel really changes a position of a map.

Luo, Li, Urtasun and Zemel, "Understanding the effective receptive field in deep convolutional
neural networks", NeurIPS 2016: the size of the gradient of a map's middle position with respect to
the image. It is largest in the middle and falls off much like a Gaussian, so that far less than
the theoretical field counts. They found that training widens it; here that can be looked at.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.config.run_config import NetworkConfig
from core.errors import LabError

if TYPE_CHECKING:
    from torch import Tensor, nn

VISIBLE = 1 - 0.9545  # of the largest value: Luo et al.'s border, two deviations of a Gaussian
DRAWS = 2  # random directions in the channels
MAX_IMAGES = 32
_SEED = 7


@dataclass(frozen=True)
class Footprint:
    """One layer: `heat` is (H, W) rows of values from 0 to 1, the largest being 1.

    `box` is the theoretical field of the same position: first and last row, first and last column,
    which may lie outside the image. `size` is the side, in pixels, of a square with as many pixels
    as have at least `VISIBLE` of the largest value.
    """

    layer: str
    type: str
    heat: tuple[tuple[float, ...], ...]
    box: tuple[int, int, int, int]
    size: float
    half: float  # the same for the fewest pixels that hold half of the squared gradient

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Footprint":
        heat = tuple(tuple(row) for row in plain["heat"])
        return cls(
            plain["layer"], plain["type"], heat, tuple(plain["box"]), plain["size"], plain["half"]
        )


def untrained(network: NetworkConfig, classes: int = 10, seed: int = 0) -> "nn.Module":
    """A network with torch's default initial weights, drawn without torch's global generator."""
    import torch

    from core.networks.building import build

    with torch.device("meta"):
        model = build(network, classes)
    model = model.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            weight = getattr(module, "weight", None)
            bound = 0.0
            for name, parameter in module.named_parameters(recurse=False):
                if name == "weight" and parameter.ndim > 1:  # uniform up to 1/sqrt(fan in)
                    bound = 1 / math.sqrt(parameter[0].numel())
                    _uniform(parameter, bound, generator)
                elif name == "bias" and weight is not None and weight.ndim > 1:
                    _uniform(parameter, bound, generator)
                else:
                    parameter.fill_(0.0 if name == "bias" else 1.0)
        for name, buffer in model.named_buffers():
            buffer.fill_(1 if name.endswith("running_var") else 0)
    return model.eval()


def _uniform(parameter: "Tensor", bound: float, generator: Any) -> None:
    parameter.uniform_(-bound, bound, generator=generator)


def footprints(model: "nn.Module", images: "Tensor") -> tuple[Footprint, ...]:
    """Every layer's footprint, averaged over normalized images (N, 3, H, W), N up to 32.

    A copy of the model is used, in eval mode. Layers that look at neighbors or join are shown,
    as long as their output is a map. Raises LabError if the pass fails.
    """
    import torch

    from core.analysis.receptive_field.propagation import layout as g
    from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH
    from core.analysis.receptive_field.propagation.tracer import Tracer
    from core.networks.copying import copied

    if not 1 <= len(images) <= MAX_IMAGES:
        raise LabError(f"{len(images)} images were given; choose from 1 to {MAX_IMAGES}.")
    own = copied(model).eval().cpu()
    for parameter in own.parameters():
        parameter.requires_grad_(False)
    for module in own.modules():
        if getattr(module, "inplace", False):  # it would write over the sum or map that is asked
            module.inplace = False  # type: ignore[assignment]
    pictures = images.detach().float().cpu().clone().requires_grad_(True)
    tracer = Tracer(own)
    tracer.track(pictures, g.image(len(images), *pictures.shape[1:]), -1)
    try:
        with torch.enable_grad(), tracer:
            own(pictures)
    except Exception as error:
        place = tracer.stack[-1].name if tracer.stack else "forward"
        raise LabError(f"The forward pass fails at {place}: {error}.") from error
    finally:
        tracer.remove_hooks()
    tensors = tracer.tensors()
    generator = torch.Generator().manual_seed(_SEED)
    found: list[Footprint] = []
    for node in tracer.trace.nodes:
        shown = node.step.kernel or len(node.inputs) > 1
        if not shown or len(node.out_shape) != 4 or node.geometry.axes != {HEIGHT, WIDTH}:
            continue
        height, width = node.geometry.height, node.geometry.width
        row, column = height.size // 2, width.size // 2
        seen = (height.at(row), width.at(column))
        if seen[0] is None or seen[1] is None:
            continue
        tensor = tensors.get(node.index)
        if tensor is None:  # written over by forward itself: what it was cannot be asked any more
            continue
        middle = tensor[:, :, row, column]
        heat = _heat(middle, pictures, generator)
        kind = next(
            (
                type(c.module).__name__
                for c in tracer.trace.calls
                if c.leaf and c.name == node.layer
            ),
            node.kind,
        )
        found.append(
            Footprint(
                node.layer if kind != node.kind and node.layer else node.kind,
                kind,
                tuple(tuple(round(value, 4) for value in line) for line in heat.tolist()),
                (*seen[0], *seen[1]),
                math.sqrt(float((heat >= VISIBLE).sum())),
                _half(heat),
            )
        )
    return tuple(found)


def _half(heat: "Tensor") -> float:
    """Side of a square with as few pixels as hold half of the squared gradient."""
    energy = heat.square().flatten().sort(descending=True).values.cumsum(0)
    return math.sqrt(float((energy < energy[-1] / 2).sum() + 1))


def _heat(middle: "Tensor", pictures: "Tensor", generator: Any) -> "Tensor":
    """Root mean square of the gradient over images, colors and directions; largest value 1."""
    import torch

    total = torch.zeros(pictures.shape[2:])
    if not middle.requires_grad:
        return total
    for _ in range(DRAWS):
        signs = torch.randint(0, 2, middle.shape, generator=generator) * 2.0 - 1
        (gradient,) = torch.autograd.grad(middle, pictures, signs, retain_graph=True)
        total += gradient.square().mean((0, 1))
    heat = total.sqrt()
    largest = float(heat.max())
    return heat / largest if largest > 0 else heat


def normalized(images: "Tensor", mean: Sequence[float], std: Sequence[float]) -> "Tensor":
    """uint8 (N, 3, H, W) to floats as the network is given them."""
    import torch

    shape = (1, 3, 1, 1)
    scale = torch.tensor(list(mean)).reshape(shape), torch.tensor(list(std)).reshape(shape)
    return (images.float() / 255 - scale[0]) / scale[1]
