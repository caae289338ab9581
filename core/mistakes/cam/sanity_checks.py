"""Is a heat map reliable? The same of an untrained copy, a random one, and their ROAD scores.

An untrained network knows nothing of the picture: a method that draws the same map from it shows
the picture's own edges, not what was learned (Adebayo et al. 2018, arXiv:1810.03292). ROAD (Rong
et al. 2022, arXiv:2202.00449) blurs away the places that a map calls important, then those that it
calls unimportant, and asks how much the prediction suffers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from core.mistakes.cam.explain import (
    Maps,
    explain,
    normalized,
    prepared,
)
from core.progress import Progress, silent
from core.runs import weights

if TYPE_CHECKING:
    from torch import nn

Floats = NDArray[np.float32]
PERCENTILES = (10, 20, 30, 40, 50, 60, 70, 80, 90)  # the library's
RANDOM_MAPS = 5  # whose scores say how far chance alone goes
_NOISE = 0.01  # the library's, in the units of the normalized image


@dataclass(frozen=True, eq=False)
class ScoredMap:
    """One map and its score.

    `grid`: float32 (h, w), `heat`: float32 (H, W), in [0, 1] as in Maps. `road`: how much more the
    trained network's probability of the class falls when the map's most important places are
    blurred away than when its least important are, halved; -0.5 to 0.5, 0 for no better than
    chance, the higher the better.
    """

    grid: Floats
    heat: Floats
    road: float


@dataclass(frozen=True, eq=False)
class SanityChecks:
    """The trained network's map, an untrained copy's, a random one; `random_scores`: of several.

    `correlation`: of the trained and the untrained map's cells, -1 to 1; NaN if one is flat.
    """

    trained: ScoredMap
    untrained: ScoredMap
    random: ScoredMap
    random_scores: tuple[float, ...]
    correlation: float


def check_map(
    weights_path: Path,
    image: Tensor,
    target: int,
    *,
    method: str,
    layer: str,
    seed: int = 0,
    progress: Progress = silent,
) -> SanityChecks:
    """Check the map of one uint8 image (3, H, W) for the class `target`.

    Everything random is drawn from `seed`. Raises LabError as `explain` does.
    """

    def one(start: float, forget: bool) -> Maps:
        def report(fraction: float, message: str) -> None:
            progress(start + 0.3 * fraction, message)

        change = (lambda model: reinitialize(model, seed)) if forget else None
        return explain(
            weights_path, image[None], [target], method=method, layer=layer, progress=report,
            change=change,
        )  # fmt: skip

    trained, untrained = one(0.0, False), one(0.3, True)
    shape = trained.grids.shape[1:]
    generator = np.random.default_rng(seed)
    grids = [generator.random(shape, dtype=np.float32) for _ in range(RANDOM_MAPS)]
    heats = [trained.heat[0], untrained.heat[0], *(_stretched(grid, image) for grid in grids)]
    loaded = weights.load(weights_path)
    batch = normalized(image[None], loaded.about.mean, loaded.about.std)

    def scored(fraction: float, message: str) -> None:
        progress(0.6 + 0.4 * fraction, message)

    road = road_scores(prepared(loaded.model), batch, heats, target, seed, scored)
    cells = np.stack([trained.grids[0].ravel(), untrained.grids[0].ravel()])
    correlation = float(np.corrcoef(cells)[0, 1]) if (cells.std(axis=1) > 0).all() else float("nan")
    return SanityChecks(
        ScoredMap(trained.grids[0], heats[0], road[0]),
        ScoredMap(untrained.grids[0], heats[1], road[1]),
        ScoredMap(grids[0], heats[2], road[2]),
        tuple(road[2:]),
        correlation,
    )


def reinitialize(model: "nn.Module", seed: int) -> None:
    """Back to weights as before training, torch's defaults, drawn from a generator of its own.

    A parameter of a layer that is not known here is left as trained where it has fewer than two
    axes, for a scale or a shift says little.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            own = dict(module.named_parameters(recurse=False))
            if isinstance(module, torch.nn.modules.batchnorm._NormBase):
                module.reset_parameters()  # draws nothing: ones, zeros
                continue
            fan_in = 0
            for parameter in own.values():
                if parameter.dim() > 1:
                    fan_in = parameter[0].numel()
                    bound = (1 / fan_in) ** 0.5  # kaiming_uniform with a = sqrt(5) comes to this
                    parameter.uniform_(-bound, bound, generator=generator)
            bias = own.get("bias")
            if bias is not None and fan_in:
                bias.uniform_(-((1 / fan_in) ** 0.5), (1 / fan_in) ** 0.5, generator=generator)


def road_scores(
    model: "nn.Module",
    batch: Tensor,
    heats: Sequence[Floats],
    target: int,
    seed: int,
    progress: Progress = silent,
    noise: float = _NOISE,
) -> list[float]:
    """The library's ROADCombined for each of several maps (H, W) of one image (1, 3, H, W).

    `batch` is normalized. The library draws its noise from torch's global generator, which belongs
    to training; here it comes from `seed`, the same for every map.
    """
    from pytorch_grad_cam.metrics.road import NoisyLinearImputer, ROADCombined
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget

    class Quiet(NoisyLinearImputer):  # type: ignore[misc]
        """Fills blurred places in as the library's does, with noise from a generator of our own."""

        def __call__(self, img: Tensor, mask: Tensor) -> Tensor:
            from scipy.sparse import csc_matrix
            from scipy.sparse.linalg import spsolve

            places = np.flatnonzero(mask.numpy().ravel() == 0)
            system, right = self.setup_sparse_system(mask.numpy(), img.numpy(), self.weighting)
            solved = np.asarray(spsolve(csc_matrix(system), right), dtype=np.float32)
            drawn = torch.empty(solved.shape).normal_(generator=generator)
            filled = img.reshape(img.shape[0], -1).clone()
            filled[:, places] = (torch.from_numpy(solved) + self.noise * drawn).T
            return filled.reshape_as(img)

    scores = []
    for number, heat in enumerate(heats):
        generator = torch.Generator().manual_seed(seed)
        metric: Any = ROADCombined(list(PERCENTILES))
        for averager in (metric.morf_averager, metric.lerf_averager):
            averager.imputer = _with(averager.imputer, Quiet(noise))
        score = metric(batch, heat[None], [ClassifierOutputSoftmaxTarget(target)], model)
        scores.append(float(score[0]))
        progress((number + 1) / len(heats), "Scoring the maps")
    return scores


def _with(make: Callable[[int], Any], imputer: Any) -> Callable[[int], Any]:
    """The library's metric at a percentile, with this imputer in place of its own."""

    def made(percentile: int) -> Any:
        metric = make(percentile)
        metric.perturbation.imputer = imputer
        return metric

    return made


def _stretched(grid: Floats, image: Tensor) -> Floats:
    large = F.interpolate(
        torch.from_numpy(grid)[None, None], image.shape[-2:], mode="bilinear", align_corners=False
    )
    heat: Floats = large[0, 0].numpy()
    return heat
