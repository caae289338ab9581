"""To gray: the color taken away."""

from typing import TYPE_CHECKING

from core.augment.transforms.parameters import ParameterRecord
from core.augment.transforms.record import Context, Spelling, TransformRecord
from core.augment.transforms.shared_parameters import probability
from core.augment.types import Params, Values

if TYPE_CHECKING:
    from torch import Tensor


def _apply(images: "Tensor", values: Values, p: Params, context: Context) -> "Tensor":
    from core.augment.functional import color

    method = p["method"]
    if method == "max":
        made = images.amax(1, keepdim=True)
    elif method == "average":
        made = images.mean(1, keepdim=True)
        made = made if context.normalized else (images.sum(1, keepdim=True) / 3).trunc_()
    elif method == "desaturation":
        made = ((images.amax(1, keepdim=True) + images.amin(1, keepdim=True)) / 2).trunc_()
    else:
        made = color.gray_of_floats(images) if context.normalized else color.gray(images)
    return made.expand_as(images)


RECORDS = (
    TransformRecord(
        "ToGray", "To gray", "Takes the color away.",
        (
            probability(),
            ParameterRecord(
                "method", "Method", "How three channels become one.", "choice",
                "weighted_average",
                choices=("weighted_average", "average", "max", "desaturation", "from_lab", "pca"),
            ),
        ),
        after_normalize=True,
        gray_levels_only=tuple(("method", x) for x in ("desaturation", "from_lab", "pca")),
        albumentations_only=(("method", "from_lab"), ("method", "pca")),
        apply=_apply, describe=lambda values, p: "color taken away",
        spelling=Spelling(lost=("method",)),
    ),
)  # fmt: skip
