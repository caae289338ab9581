"""What albumentations drew, in the terms of core/augment/draws.py."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.augment.draws import Values
from core.augment.policy import Transform

Params = Mapping[str, Any]


def values_of(transform: Transform, made: Any, image: NDArray[Any]) -> Values | None:
    """The values that `made`, albumentations' form of `transform`, last drew, or None.

    None means that it left the image alone. `image` is HWC, what it was given. Values hold no
    batch axis; `matrix` is (2, 3) where there is one.
    """
    params = made.params
    if not params:
        return None
    read = _READ.get(transform.name)
    return read(params, image) if read else {}


def _affine(params: Params, image: NDArray[Any]) -> Values:
    height, width = image.shape[:2]
    matrix = np.asarray(params["matrix"])[:2]
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    # the image's centre is what the shift moves, and nothing else does
    shift = matrix[:, :2] @ centre + matrix[:, 2] - centre
    return {
        "angle": np.asarray(params["rotate"]),
        "scale_x": np.asarray(params["scale"]["x"]),
        "scale_y": np.asarray(params["scale"]["y"]),
        "shift_x": shift[0],
        "shift_y": shift[1],
        "matrix": matrix,
    }


def _holes(params: Params, image: NDArray[Any]) -> Values:
    return {"holes": np.asarray(params["holes"])}


_READ: dict[str, Callable[[Params, NDArray[Any]], Values]] = {
    "ShiftScaleRotate": _affine,
    "CoarseDropout": _holes,
}
