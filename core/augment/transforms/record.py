"""What is known of a transform: the record that pages, the command line and the engines read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from core.augment.transforms.parameters import ParameterRecord, Value, resolve_fill
from core.augment.types import RGB, MakeParams, Params, Shape, Values

if TYPE_CHECKING:
    from torch import Tensor


Call = tuple[str, Params]  # a transform of albumentations and its arguments


@dataclass(frozen=True, eq=False)
class SampledParams:
    """What one transform does to a batch.

    `rows`: int64 (n,), the images of the batch that are changed, ascending. `values`: by name, one
    row an image in `rows`.
    """

    rows: NDArray[np.int64]
    values: Values


@dataclass(frozen=True)
class Context:
    """What a transform may need besides what was sampled.

    `mean`, `std`: of the data set, per channel, from 0 to 1. `normalized`: whether the images have
    been through Normalize.
    """

    mean: RGB
    std: RGB
    normalized: bool = False

    def color(self, fill: Value, whole: Callable[[float], int]) -> tuple[float, ...]:
        """A fill as RGB; `whole` makes whole pixel values of it where images hold these."""
        color = cast(tuple[float, ...], resolve_fill(fill, self.mean))
        return color if self.normalized else tuple(float(whole(level)) for level in color)


@dataclass(frozen=True, eq=False)
class Mixture:
    """How one batch is mixed.

    `partner`: int64 (B,), the image that each image meets. `share`: what is left of the image
    itself, from 0 to 1. `box`: left, top, right, bottom of the pasted rectangle in pixels, or None
    where the whole image is blended.
    """

    partner: NDArray[np.int64]
    share: float
    box: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Spelling:
    """How albumentations 1.x (1.3.1) spelled a transform, where that is not as here.

    `renamed`: 1.x's argument -> the parameter that took its place, "" where it never touched the
    image. `defaults`: 1.x's, where they are not version 2's, in the terms of our parameters.
    `positions`: the order of 1.x's arguments, where it differs. `lost`: parameters that 1.x did not
    have. Where renaming is not enough, `read` makes our parameters of 1.x's arguments and `write`
    the inverse, as calls.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    positions: tuple[str, ...] = ()
    read: Callable[[Params], dict[str, Any]] = lambda given: {}
    write: Callable[[Params], list[Call]] | None = None
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class OtherCall:
    """A call of another name that code writes for this transform.

    `read` turns its arguments into this transform's. `precedes`: it stands in front of this
    transform's own call, as a padding does before a crop; otherwise it stands in its place, and is
    of version 1 alone.
    """

    read: Callable[[Params], dict[str, Any]]
    precedes: bool = False
    spelling: Spelling = field(default_factory=Spelling)


def nothing(p: Params, n: int, rng: np.random.Generator, shape: Shape) -> Values:
    """For a transform that does the same to every image it changes."""
    return {}


def uniform(rng: np.random.Generator, bounds: tuple[float, float], n: int) -> NDArray[np.float64]:
    """(n,) from the lower to the upper bound."""
    return rng.uniform(bounds[0], bounds[1], n)


@dataclass(frozen=True)
class TransformRecord:
    """One transform: how it is called, what it does, what can be set, how it is carried out.

    `name` and the parameters' names are albumentations 2's. `level`: an "image" transform changes
    one image; "normalize" turns pixel values into normalized floats; a "batch" transform mixes the
    images of a batch and their labels. `place`: in menus, the lower the further up; equal ones by
    label.
    `after_normalize`: whether it still means the same on normalized floats. (albumentations cuts
    the color transforms to 0..1 there, which destroys a normalized image.) `gray_levels_only`:
    (parameter, value) pairs of which that is not true. `albumentations_only`: pairs that have no
    batched form. `main`: how many of the parameters, counted from the first, a page shows without
    being asked. `check`: what is wrong with parameters that are right one by one, or "".

    Numbers: `make_params` samples for n images at once, from albumentations 2.0.8's distributions.
    Batched form, one of two or none: `apply` takes float32 images (n, 3, H, W) that hold whole gray
    levels from 0 to 255 (after Normalize: normalized values), the values of these n, and gives the
    same back, the input may be overwritten; `apply_in_place` changes those rows of a whole batch
    that were sampled. `prepare` works values out further, for all rows at once. A batch transform
    has `mix` instead: how a batch of n images is mixed.
    Words: `describe` says what was sampled for one image (values without a batch axis),
    `describe_settings` what is set, where a list of what is not as by default would not do.
    albumentations: `calls` are the steps that make it up, `from_albumentations` reads the values
    from the parameters that the last of them applied to an image (H, W, 3), and `read` makes
    parameters of the arguments of its call in code. `spelling` and `others`: how code writes it.
    """

    name: str
    label: str
    help: str
    parameters: tuple[ParameterRecord, ...]
    level: Literal["image", "normalize", "batch"] = "image"
    place: int = 9
    after_normalize: bool = False
    gray_levels_only: tuple[tuple[str, Value], ...] = ()
    albumentations_only: tuple[tuple[str, Value], ...] = ()
    main: int = 1
    check: Callable[[Params], str] = lambda p: ""

    make_params: MakeParams = nothing
    prepare: Callable[[Values, Params, Shape], Values] = lambda values, p, shape: values
    apply: "Callable[[Tensor, Values, Params, Context], Tensor] | None" = None
    apply_in_place: "Callable[[Tensor, SampledParams, Params, Context], object] | None" = None
    mix: Callable[[Params, int, Shape, np.random.Generator], Mixture] | None = None

    describe: Callable[[Params, Params], str] = lambda values, p: "applied"
    describe_settings: Callable[[Params], str] | None = None

    calls: Callable[[str, Params], list[Call]] = lambda name, p: [(name, p)]
    from_albumentations: Callable[[Params, NDArray[Any]], Values] = lambda applied, image: {}
    read: Callable[[Params], dict[str, Any]] = dict
    spelling: Spelling = field(default_factory=Spelling)
    others: Mapping[str, OtherCall] = field(default_factory=dict)

    def parameter(self, name: str) -> ParameterRecord | None:
        """The record of the parameter of that name, or None."""
        return next((entry for entry in self.parameters if entry.name == name), None)

    def without_batched_form(self, p: Params) -> str:
        """What of it, set so, has no batched form, in words; "" where it has one."""
        if self.level == "batch":
            return ""
        if self.apply is None and self.apply_in_place is None:
            return self.name
        found = next(((n, x) for n, x in self.albumentations_only if p[n] == x), None)
        return f"{self.name} with {found[0]} {found[1]!r}" if found else ""


def applied(*names: str) -> Callable[[Params, NDArray[Any]], Values]:
    """For a transform whose applied parameters in albumentations have the names used here."""
    return lambda params, image: {name: np.asarray(params[name]) for name in names}
