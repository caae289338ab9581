"""A policy in the address of a page: short, readable, and safe to read back.

`assignment`, or `HorizontalFlip;p=0.4~ShiftScaleRotate;rotate_limit=-10,10`: transforms
between `~`, what is not as by default after `;`.
"""

from core.augment.policies import POLICIES, name_of, named
from core.augment.policy import MAX_TRANSFORMS, Policy, Transform
from core.augment.transforms.parameters import Value
from core.errors import LabError, quoted

_MAX_LENGTH = 4_000  # characters


def to_link(policy: Policy) -> str:
    """The policy as text; its name, where it has one."""
    name = name_of(policy)
    if name is not None:
        return name
    return "~".join(
        ";".join([entry.name, *(f"{key}={_text(x)}" for key, x in entry.changed().items())])
        for entry in policy.transforms
    )


def from_link(text: str) -> Policy:
    """The inverse; raises LabError for a text that is no policy."""
    if text in POLICIES:
        return named(text)
    if len(text) > _MAX_LENGTH:
        raise LabError(
            f"The policy in the address has {len(text):,} characters; use {_MAX_LENGTH:,}."
        )
    parts = text.split("~")
    if len(parts) > MAX_TRANSFORMS:
        raise LabError(
            f"The policy in the address has {len(parts)} transforms; use {MAX_TRANSFORMS}."
        )
    return Policy(tuple(_transform(part) for part in parts))


def _transform(part: str) -> Transform:
    name, *settings = part.split(";")
    given: dict[str, Value] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise LabError(f"{quoted(setting)} in the address sets nothing; write name=value.")
        given[key] = _value(value)
    return Transform(name, given)


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return ",".join(f"{x:.10g}" for x in value)
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def _value(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    try:
        numbers = tuple(_number(part) for part in text.split(","))
    except ValueError:
        return text
    return numbers if len(numbers) > 1 else numbers[0]


def _number(text: str) -> float:
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 16 else float(text)
