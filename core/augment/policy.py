"""A policy: an ordered list of transforms with their parameters.

Frozen, validated when made, and plain enough for JSON: it is what a page edits, what a run's
configuration stores and what the engines carry out. What a transform is and which values its
parameters may take stands in its record (core/augment/transforms/catalogue.py).

How a policy ends: the networks are always given normalized images. A policy that holds no
Normalize is followed by one with the data set's own mean and standard deviation; a policy that
holds one is not, and what stands after it works on normalized values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.transforms.parameters import Value
from core.augment.transforms.record import TransformRecord
from core.augment.transforms.words import listed, span
from core.errors import LabError, quoted
from core.registry import unknown

MAX_TRANSFORMS = 20  # in a policy


class Parameters(Mapping[str, Value]):
    """A mapping that cannot be changed, so that a policy can be compared, hashed and shared."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._values.items(), key=lambda item: item[0])))

    def __repr__(self) -> str:
        return repr(self._values)


@dataclass(frozen=True)
class Transform:
    """One step of a policy: a name in TRANSFORMS and its parameters, completed with the defaults.

    Raises LabError for an unknown name, an unknown parameter or a value outside its range.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        record = TRANSFORMS[self.name]
        if not isinstance(self.parameters, Mapping):
            raise LabError(
                f"{self.name}'s parameters are {quoted(self.parameters)}; write a table of names "
                "and values."
            )
        names = [entry.name for entry in record.parameters]
        for name in self.parameters:
            if name not in names:
                raise LabError(unknown(f"parameter of {self.name}", name, names))
        complete = {
            entry.name: entry.checked(self.name, self.parameters.get(entry.name, entry.default))
            for entry in record.parameters
        }
        object.__setattr__(self, "parameters", Parameters(complete))
        wrong = record.check(self.parameters)
        if wrong:
            raise LabError(wrong)

    @property
    def record(self) -> TransformRecord:
        return TRANSFORMS[self.name]

    def replace(self, **changes: object) -> "Transform":
        """The same with some parameters changed."""
        return Transform(self.name, {**self.parameters, **changes})

    def describe(self, values: Mapping[str, Any]) -> str:
        """What was sampled for one image, in a few words; angles in degrees, places in pixels."""
        return self.record.describe(values, self.parameters) or "no visible change"

    def settings(self) -> str:
        """What is set, in a few words: how often first, then what is not as by default."""
        often = self.parameters.get("p", 1.0)
        if self.record.describe_settings:
            words = self.record.describe_settings(self.parameters)
        else:
            changed = self.changed().items()
            words = listed(
                *(f"{name.replace('_', ' ')} {span(x)}" for name, x in changed if name != "p")
            )
        return listed("" if often == 1 else f"in {100 * often:g}%", words)

    def changed(self) -> dict[str, Value]:
        """The parameters that differ from their defaults."""
        return {
            entry.name: self.parameters[entry.name]
            for entry in self.record.parameters
            if self.parameters[entry.name] != entry.default
        }


@dataclass(frozen=True)
class Policy:
    """What happens to an image on its way into training, in order.

    At most 20 transforms; Normalize at most once; MixUp and CutMix at the end. Raises LabError.
    """

    transforms: tuple[Transform, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "transforms", tuple(self.transforms))
        if len(self.transforms) > MAX_TRANSFORMS:
            raise LabError(
                f"The policy has {len(self.transforms)} transforms; use from 0 to {MAX_TRANSFORMS}."
            )
        _check_order(self.transforms)

    @property
    def normalizes(self) -> bool:
        """Whether it holds a Normalize of its own."""
        return any(entry.record.level == "normalize" for entry in self.transforms)

    @property
    def mixes(self) -> bool:
        """Whether it mixes images, so that labels are shares of classes."""
        return any(entry.record.level == "batch" for entry in self.transforms)

    @property
    def image_steps(self) -> tuple[Transform, ...]:
        """Its transforms for single images."""
        return tuple(entry for entry in self.transforms if entry.record.level != "batch")

    @property
    def normalized_steps(self) -> tuple[Transform, ...]:
        """These, ending in a Normalize whether the policy names one or not."""
        return self.image_steps if self.normalizes else (*self.image_steps, Transform("Normalize"))

    def to_dict(self) -> dict[str, Any]:
        """Plain types only: what JSON can hold."""
        return {
            "transforms": [
                {"name": entry.name, **{name: _plain(x) for name, x in entry.parameters.items()}}
                for entry in self.transforms
            ]
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Policy":
        """The inverse of `to_dict`; raises LabError for anything unknown or out of range."""
        if not isinstance(plain, Mapping) or list(plain) != ["transforms"]:
            raise LabError(
                f"A policy is written {{'transforms': [...]}}, not {quoted(plain)}; give its list "
                "of transforms under that name."
            )
        entries = plain["transforms"]
        if not isinstance(entries, list | tuple):
            raise LabError(f"A policy's transforms must be a list, not {quoted(entries)}.")
        if len(entries) > MAX_TRANSFORMS:  # before 10,000 of them are built
            raise LabError(
                f"The policy has {len(entries)} transforms; use from 0 to {MAX_TRANSFORMS}."
            )
        return cls(tuple(_transform(entry) for entry in entries))


def _transform(entry: object) -> Transform:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        raise LabError(
            f"A transform is written {{'name': ..., 'p': ...}}, not {quoted(entry)}; its name is "
            f"one of {', '.join(TRANSFORMS)}."
        )
    return Transform(entry["name"], {name: x for name, x in entry.items() if name != "name"})


def _plain(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _check_order(transforms: tuple[Transform, ...]) -> None:
    normalized = mixed = ""
    for entry in transforms:
        record = entry.record
        _check_fill(entry, bool(normalized))
        if mixed and record.level != "batch":
            raise LabError(
                f"{entry.name} stands after {mixed}, which mixes whole batches; put {mixed} last."
            )
        if record.level == "normalize":
            if normalized:
                raise LabError("Normalize stands in the policy twice; keep one of the two.")
            normalized = entry.name
        elif record.level == "batch":
            mixed = entry.name
        elif normalized and not record.after_normalize:
            raise LabError(
                f"{entry.name} stands after Normalize, where albumentations cuts its result to "
                "0..1 and so destroys the image; put it before Normalize."
            )


def _check_fill(entry: Transform, normalized: bool) -> None:
    fill = entry.parameters.get("fill")
    if not normalized and isinstance(fill, tuple) and min(fill) < 0:
        raise LabError(
            f"{entry.name}'s fill is {fill}; before Normalize choose levels from 0 to 255."
        )
    for name, value in entry.record.gray_levels_only:
        if normalized and entry.parameters[name] == value:
            raise LabError(
                f"{entry.name} with {value!r} stands after Normalize and works on pixel values "
                "only; put it before Normalize."
            )
