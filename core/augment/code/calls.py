"""Calls of pasted code as transforms of a policy: what their arguments mean."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import Parameter
from typing import Any

from core.augment.code import legacy, literals
from core.augment.code.call import ENDINGS, CodeCall, Finding, Group
from core.augment.code.infer import Statistics, meant
from core.augment.code.installed import accepted
from core.augment.code.literals import cut
from core.augment.policy import Transform
from core.augment.transforms.parameters import Value
from core.augment.transforms.record import TransformRecord
from core.augment.types import Params
from core.errors import LabError, quoted

_OF_MASKS = ("fill_mask", "mask_interpolation", "rotate_method", "mask_fill_value")
_MAX_ARGUMENTS = 40  # of one call


def from_node(node: ast.Call, names: literals.Names) -> CodeCall:
    """A call in the syntax tree; LabError for arguments that cannot be found in the text."""
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    order: Sequence[str] = ()
    if name not in ENDINGS:
        order = legacy.spelling(name).positions or tuple(accepted(name))  # raises, with choices
    count = len(node.args) + len(node.keywords)
    if count > _MAX_ARGUMENTS:
        raise LabError(f"{name} has {count:,} arguments; write at most {_MAX_ARGUMENTS}.")
    given: dict[str, ast.expr] = {}
    if node.args:
        if len(node.args) > len(order) or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise LabError(
                f"{name}'s arguments are too many or starred; write them with their names."
            )
        given.update(zip(order, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg is None:
            raise LabError(f"{name} takes arguments from '**'; write them out.")
        given[keyword.arg] = keyword.value
    values = {key: literals.cv2_word(key, names.evaluate(value)) for key, value in given.items()}
    return CodeCall(name, values, {key: literals.spell(value) for key, value in given.items()})


def transforms(
    found: Group, version: int, data: Statistics, findings: list[Finding]
) -> list[Transform]:
    """Calls as transforms of a policy; what was assumed is added to `findings`."""
    made: list[Transform] = []
    waiting: CodeCall | None = None  # a padding that waits for its crop
    for step in found.steps:
        if isinstance(step, Group):
            _nothing_waits(waiting)
            made += transforms(step, version, data, findings)
        elif step.name not in ENDINGS:
            record, other = legacy.lookup(step.name)
            call = step
            if other and not other.precedes:
                call = replace(call, name=record.name, given=_read(call, other.read))
            if version == 1:
                call = replace(call, given=_with_old_defaults(call, record, findings))
            if other and other.precedes:
                _nothing_waits(waiting)
                waiting = replace(call, given=_read(call, other.read), name=record.name)
                continue
            call = replace(call, given=_read(call, record.read))
            if waiting is not None and waiting.name == record.name:
                written = {**waiting.written, **call.written}
                call = replace(call, given={**call.given, **waiting.given}, written=written)
                waiting = None
            _nothing_waits(waiting)
            made.append(Transform(record.name, _parameters(call, record, data, findings)))
    _nothing_waits(waiting)
    return _together(found, made)


def _read(call: CodeCall, reader: Callable[[Params], dict[str, Any]]) -> dict[str, Any]:
    """What a transform's own reader makes of a call's arguments."""
    try:
        return reader(call.given)
    except (TypeError, ValueError) as error:
        if isinstance(error, LabError):
            raise
        given = ", ".join(f"{name}={call.spelled(name)}" for name in call.given)
        raise LabError(f"{call.name}({cut(given)}) cannot be read; write numbers.") from None


def _nothing_waits(waiting: CodeCall | None) -> None:
    if waiting is not None:
        raise LabError(
            f"A padding stands without a {waiting.name} after it; the size would change."
        )


def _together(group: Group, made: list[Transform]) -> list[Transform]:
    """A group's transforms with its p: that of one of them, where it holds one."""
    if group.p == 1 or not made:
        return made
    if not isinstance(group.p, int | float) or isinstance(group.p, bool):
        raise LabError(f"{group.name}'s p cannot be found in the text; write a number.")
    if len(made) == 1 and "p" in made[0].parameters and 0 <= group.p <= 1:
        return [made[0].replace(p=made[0].parameters["p"] * group.p)]
    names = ", ".join(entry.name for entry in made)
    raise LabError(
        f"{group.name} with p={quoted(group.p)} applies {names} together or not at all, which a "
        "policy cannot say; give each of them a p, and write p=1."
    )


def _with_old_defaults(
    call: CodeCall, record: TransformRecord, findings: list[Finding]
) -> dict[str, Any]:
    about = legacy.spelling(call.name)
    given = {about.renamed.get(key, key) for key in call.given}
    for parameter, value in about.defaults.items():
        if parameter not in given:
            entry = record.parameter(parameter)
            now = f", version 2 takes {entry.default!r}" if entry else ""
            shown = tuple(round(x, 3) for x in value) if isinstance(value, tuple) else value
            words = f"{call.name}: {parameter} is not given; 1.x took {shown!r}{now}."
            findings.append(Finding(call.name, parameter, words))
    return _read(call, lambda given: legacy.to_new(call.name, given))


def _parameters(
    call: CodeCall, record: TransformRecord, data: Statistics, findings: list[Finding]
) -> dict[str, Any]:
    """Arguments of albumentations 2 as parameters of our record."""
    given = dict(call.given)
    axes = [given.pop(f"shift_limit_{axis}", given.get("shift_limit")) for axis in "xy"]
    if any(f"shift_limit_{axis}" in call.given for axis in "xy"):
        given["shift_limit"] = dict(zip("xy", axes, strict=True))
    made: dict[str, Any] = {}
    for argument, value in given.items():
        entry = record.parameter(argument)
        if entry is None:
            _leave_out(call, record, argument, value)
        elif value is not None:
            value = _both(record.name, argument, value)
            made[argument] = meant(call, entry.kind, argument, value, data, findings)
    return {**_library_defaults(record, made, findings), **made}


def _library_defaults(
    record: TransformRecord, given: Params, findings: list[Finding]
) -> dict[str, Value]:
    """What the library takes for parameters that are not given, where the lab takes another."""
    made: dict[str, Value] = {}
    for name, argument in accepted(record.name).items():
        entry = record.parameter(name)
        if entry is None or name in given or argument.default in (None, Parameter.empty):
            continue
        default = entry.checked(record.name, literals.cv2_word(name, argument.default))
        if default != entry.default:  # Normalize's: ImageNet's mean and standard deviation
            made[name] = default
            words = f"{record.name}: {name} is not given; albumentations takes {default!r}."
            findings.append(Finding(record.name, name, words))
    return made


def _leave_out(call: CodeCall, record: TransformRecord, argument: str, value: Any) -> None:
    """Arguments that the lab has no control for may stand there if they change nothing."""
    known = accepted(record.name)
    if argument in _OF_MASKS or argument not in known:
        return  # `ignored` speaks of those that albumentations does not have
    if value is None or value == known[argument].default:
        return
    names = ", ".join(entry.name for entry in record.parameters)
    raise LabError(
        f"{record.name}'s {cut(argument)}={call.spelled(argument)} is not offered by the lab; "
        f"leave it out or use {names}."
    )


def _both(name: str, argument: str, value: Any) -> Any:
    """One range for x and y, where albumentations takes one each."""
    if not isinstance(value, dict):
        return value
    if set(value) == {"x", "y"} and value["x"] == value["y"]:
        return value["x"]
    raise LabError(
        f"{name}'s {argument} is {quoted(value)}; the lab samples x and y from one range, so give "
        "one."
    )
