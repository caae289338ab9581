"""The types that the files of this room share."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

RGB = tuple[float, float, float]  # red, green, blue
Shape = tuple[int, int]  # height, width in pixels
Params = Mapping[str, Any]  # a transform's parameters, by name
Values = dict[str, NDArray[Any]]  # what was sampled, by name; one row an image
MakeParams = Callable[[Params, int, np.random.Generator, Shape], Values]
