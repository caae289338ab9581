"""What albumentations drew, in the terms of core/augment/transforms/draws.py."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.augment.policy import Transform
from core.augment.transforms.draws import Values

Params = Mapping[str, Any]


def values_of(transform: Transform, made: Any, image: NDArray[Any]) -> Values | None:
    """The values that `made`, albumentations' form of `transform`, last drew, or None.

    None means that it left the image alone. `image` is HWC, what it was given. Values hold no
    batch axis; `matrix` is (2, 3) where there is one.
    """
    params = _parts(transform, made)[-1].params
    if not params:
        return None
    read = _READ.get(transform.name)
    return read(params, image) if read else {}


def forget(transform: Transform, made: Any) -> None:
    """Clear what the last image drew: a Sequential that is skipped keeps its parts' old values."""
    for part in _parts(transform, made):
        part.params = {}


def _parts(transform: Transform, made: Any) -> list[Any]:
    return list(made.transforms) if transform.name == "RandomCrop" else [made]  # padding and cut


def _affine(params: Params, image: NDArray[Any]) -> Values:
    height, width = image.shape[:2]
    matrix = np.asarray(params["matrix"])[:2]
    center = np.array([(width - 1) / 2, (height - 1) / 2])
    # the image's center is what the shift moves, and nothing else does
    shift = matrix[:, :2] @ center + matrix[:, 2] - center
    scale = params.get("scale", {"x": 1.0, "y": 1.0})
    found = {
        "scale_x": np.asarray(scale["x"]),
        "scale_y": np.asarray(scale["y"]),
        "shift_x": shift[0],
        "shift_y": shift[1],
        "matrix": matrix,
    }
    if "rotate" in params:
        found["angle"] = np.asarray(params["rotate"])
    else:  # Rotate keeps its matrix alone
        found["angle"] = np.rad2deg(np.arctan2(matrix[0, 1], matrix[0, 0]))
    return found


def _crop(params: Params, image: NDArray[Any]) -> Values:
    left, top = params["crop_coords"][:2]
    return {"left": np.asarray(left), "top": np.asarray(top)}


def _brightness_contrast(params: Params, image: NDArray[Any]) -> Values:
    # `beta` is in gray levels whatever it was a share of
    return {"factor": np.asarray(params["alpha"]), "added": np.asarray(params["beta"] / 255)}


def _sharpen(params: Params, image: NDArray[Any]) -> Values:
    alpha = float(params["alpha"])
    center = float(params["sharpening_matrix"][1, 1])
    light = (center - (1 - alpha)) / alpha - 8 if alpha else 0.0
    return {"alpha": np.asarray(alpha), "lightness": np.asarray(light)}


def _noise(params: Params, image: NDArray[Any]) -> Values:
    noise = np.moveaxis(np.asarray(params["noise_map"], dtype=np.float32), -1, 0)
    return {"std": np.asarray(noise.std() / 255), "noise": np.ascontiguousarray(noise)}


def _named(*names: str) -> Callable[[Params, NDArray[Any]], Values]:
    return lambda params, image: {name: np.asarray(params[name]) for name in names}


_READ: dict[str, Callable[[Params, NDArray[Any]], Values]] = {
    "ShiftScaleRotate": _affine,
    "Affine": _affine,
    "Rotate": _affine,
    "RandomCrop": _crop,
    "CoarseDropout": _named("holes"),
    "ColorJitter": _named("brightness", "contrast", "saturation", "hue", "order"),
    "RandomBrightnessContrast": _brightness_contrast,
    "HueSaturationValue": _named("hue_shift", "sat_shift", "val_shift"),
    "GaussNoise": _noise,
    "Sharpen": _sharpen,
}
