"""What albumentations 1.x called things, and what its defaults were.

What is so of one transform stands in its file, as its Spelling; here is what is alike for all.
"""

from typing import Any

from core.augment.policy import Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.transforms.record import Call, OtherCall, Spelling, TransformRecord
from core.augment.types import Params


def lookup(name: str) -> tuple[TransformRecord, OtherCall | None]:
    """The transform that a call of that name stands for, or stands in front of.

    Raises LabError, with the choices, for a name that is none.
    """
    for record in (TRANSFORMS[known] for known in TRANSFORMS):
        if name in record.others:
            return record, record.others[name]
    return TRANSFORMS[name], None


def spelling(name: str) -> Spelling:
    """How 1.x spelled calls of that name."""
    record, other = lookup(name)
    return other.spelling if other else record.spelling


def is_old(name: str, given: Params) -> bool:
    """Whether a call can only have been meant for 1.x."""
    _, other = lookup(name)
    renamed = spelling(name).renamed
    gone = other is not None and not other.precedes
    return gone or "always_apply" in given or any(key in renamed for key in given)


def to_new(name: str, given: Params) -> dict[str, Any]:
    """1.x's arguments as version 2's, with 1.x's defaults."""
    about = spelling(name)
    made = {**about.defaults, **{about.renamed.get(key, key): x for key, x in given.items()}}
    made.pop("", None)
    made.update(about.read(given))
    if made.pop("always_apply", False):
        made["p"] = 1.0
    if made.get("fill", 0) is None:  # "value=None" was black
        made.pop("fill")
    return made


def to_old(entry: Transform) -> list[Call]:
    """A transform as calls of 1.x."""
    about = entry.record.spelling
    if about.write is not None:
        return about.write(entry.parameters)
    old = {new: key for key, new in about.renamed.items() if new}
    kept = {key: x for key, x in entry.parameters.items() if key not in about.lost}
    return [(entry.name, {old.get(key, key): x for key, x in kept.items()})]


def lost(entry: Transform) -> list[str]:
    """The parameters that do not survive being spelled as 1.x did."""
    *before, (name, given) = to_old(entry)
    made: dict[str, Any] = {"p": entry.parameters.get("p")}
    for other, own in before:
        made |= lookup(other)[1].read(to_new(other, own))  # type: ignore[union-attr]
    made |= entry.record.read(to_new(name, given)) | {key: made[key] for key in made if before}
    found = []
    for parameter in entry.record.parameters:
        value = made.get(parameter.name, parameter.default)
        if parameter.checked(entry.name, value) != entry.parameters[parameter.name]:
            found.append(parameter.name)
    return found
