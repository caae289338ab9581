"""Color jitter: brightness, contrast, saturation and hue, in an order of each image's own."""

from typing import TYPE_CHECKING

import numpy as np

from core.augment.transforms.record import Context, Spelling, TransformRecord, applied, uniform
from core.augment.transforms.shared_parameters import interval, probability
from core.augment.transforms.words import listed, percent
from core.augment.types import Params, Shape, Values

if TYPE_CHECKING:
    from torch import Tensor

_STEPS = ("brightness", "contrast", "saturation", "hue")


def _make_params(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    order = rng.permuted(np.tile(np.arange(len(_STEPS)), (n, 1)), axis=1)
    return {**{name: uniform(rng, p[name], n) for name in _STEPS}, "order": order}


def _apply(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    import torch

    from core.augment.functional import color

    for place in range(len(_STEPS)):
        for index, name in enumerate(_STEPS):
            mine = np.flatnonzero(values["order"][:, place] == index)
            if len(mine):
                rows = torch.from_numpy(mine).to(images.device)
                by = color.on_device(values[name][mine], images.device)
                changed = getattr(color, name)(images.index_select(0, rows), by)
                images.index_copy_(0, rows, changed)
    return images


def _describe(values: Params, p: Params) -> str:
    turned = round(360 * float(values["hue"]))
    return listed(
        percent(values["brightness"], "brighter", "darker"),
        percent(values["contrast"], "more contrast", "less contrast"),
        percent(values["saturation"], "more color", "less color"),
        f"hue turned {turned:+d} degrees" if turned else "",
    )


RECORDS = (
    TransformRecord(
        "ColorJitter", "Color jitter",
        "Changes brightness, contrast, saturation and hue, in an order drawn anew each time.",
        (
            interval("brightness", "Brightness", "The factor of the brightness; 1 leaves it.",
                     (0.8, 1.2), 0, 2, 0.05, center=1.0),
            interval("contrast", "Contrast", "The factor of the contrast; 1 leaves it.",
                     (0.8, 1.2), 0, 2, 0.05, center=1.0),
            interval("saturation", "Saturation", "The factor of the colorfulness; 0 is gray.",
                     (0.8, 1.2), 0, 2, 0.05, center=1.0),
            interval("hue", "Hue", "The turn round the color wheel; 0.5 is half way.",
                     (-0.5, 0.5), -0.5, 0.5, 0.01, center=0.0),
            probability(),
        ),
        make_params=_make_params, apply=_apply, describe=_describe,
        from_albumentations=applied(*_STEPS, "order"),
        spelling=Spelling(defaults={"hue": (-0.2, 0.2)}),
    ),
)  # fmt: skip
