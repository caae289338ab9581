"""Class-activation methods by name, with what they cost. The library is imported when one is used.

To add one, add a record to METHODS; the first of them is the DEFAULT.

All of them are the grad-cam library's (Jacob Gildenblat and contributors), given a network that is
theirs alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.registry import Registry


@dataclass(frozen=True)
class Method:
    """`make(model, [layer])` gives the library's object.

    `cost` is in words, per image; `quick` is whether a page of images takes about a second;
    `per_class` is whether the map depends on the class that is asked for. `source` is the paper.
    """

    label: str
    help: str
    cost: str
    source: str
    make: Callable[[Any, list[Any]], Any]
    quick: bool = True
    per_class: bool = True


class _NoBar:
    """In place of tqdm in the library, which would draw a bar an image into the server's log."""

    @staticmethod
    def tqdm(steps: Any) -> Any:
        return steps


def library(name: str) -> Callable[[Any, list[Any]], Any]:
    """Makes the class of this name in pytorch_grad_cam."""

    def make(model: Any, layers: list[Any]) -> Any:
        import pytorch_grad_cam

        return getattr(pytorch_grad_cam, name)(model=model, target_layers=layers)

    return make


def _score(model: Any, layers: list[Any]) -> Any:
    from pytorch_grad_cam import ScoreCAM, score_cam

    score_cam.tqdm = _NoBar
    return ScoreCAM(model=model, target_layers=layers)


def _ablation(model: Any, layers: list[Any]) -> Any:
    """With a layer of its own: the library's default one is shared by all who call it."""
    from pytorch_grad_cam import AblationCAM, AblationLayer, ablation_cam

    ablation_cam.tqdm = _NoBar
    return AblationCAM(model=model, target_layers=layers, ablation_layer=AblationLayer())


METHODS: Registry[Method] = Registry("heat map method")
METHODS.add(
    "grad_cam",
    Method(
        "Grad-CAM",
        "Weighs every channel by its average gradient. The usual first choice.",
        "one pass forward and back",
        "Selvaraju et al. 2017, arXiv:1610.02391",
        library("GradCAM"),
    ),
)
METHODS.add(
    "grad_cam_plus_plus",
    Method(
        "Grad-CAM++",
        "Like Grad-CAM, with weights that suit several objects in one picture.",
        "one pass forward and back",
        "Chattopadhay et al. 2018, arXiv:1710.11063",
        library("GradCAMPlusPlus"),
    ),
)
METHODS.add(
    "hires_cam",
    Method(
        "HiResCAM",
        "Multiplies activation and gradient place by place, so it shows what was really used.",
        "one pass forward and back",
        "Draelos and Carin 2020, arXiv:2011.08891",
        library("HiResCAM"),
    ),
)
METHODS.add(
    "layer_cam",
    Method(
        "LayerCAM",
        "Weighs every place by its own positive gradient; useful in early layers.",
        "one pass forward and back",
        "Jiang et al. 2021, IEEE TIP 30",
        library("LayerCAM"),
    ),
)
METHODS.add(
    "eigen_cam",
    Method(
        "EigenCAM",
        "The main pattern of the activations. The same whichever class is asked for.",
        "one pass forward and a singular value decomposition",
        "Muhammad and Yeasin 2020, arXiv:2008.00299",
        library("EigenCAM"),
        per_class=False,
    ),
)
METHODS.add(
    "score_cam",
    Method(
        "ScoreCAM",
        "Shows the network the picture through every channel and weighs by its answer.",
        "one pass forward for every channel of the layer",
        "Wang et al. 2020, arXiv:1910.01279",
        _score,
        quick=False,
    ),
)
METHODS.add(
    "ablation_cam",
    Method(
        "AblationCAM",
        "Switches every channel off in turn and weighs by how much the answer drops.",
        "one pass forward for every channel of the layer",
        "Desai and Ramaswamy 2020, WACV",
        _ablation,
        quick=False,
    ),
)

DEFAULT = METHODS.names()[0]
