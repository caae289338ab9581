"""One call of pasted code at a time: what its arguments mean, and which are ignored."""

import ast
from collections.abc import Mapping, Sequence
from inspect import Parameter
from typing import Any

from core.augment.code import legacy, literals
from core.augment.code.infer import Call, Finding, meant
from core.augment.policy import Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.transforms.parameters import IMAGE_SIZE
from core.errors import LabError

Mean = tuple[float, float, float]
_ENDINGS = ("ToTensorV2", "ToTensor", "ToFloat")
_READ_ONLY = ("Cutout", "Pad", "PadIfNeeded", "RandomApply")  # read, and written otherwise
_OF_MASKS = ("fill_mask", "mask_interpolation", "rotate_method", "mask_fill_value")


def from_node(node: ast.Call, names: Mapping[str, Any]) -> Call:
    """A call in the syntax tree; LabError for arguments that cannot be told from the text."""
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name not in (*_ENDINGS, *_READ_ONLY):
        TRANSFORMS[name]  # raises, with the choices
    given: dict[str, ast.expr] = {}
    if node.args:
        order = legacy.POSITIONS.get(name) or _signature(name)
        if len(node.args) > len(order) or any(isinstance(arg, ast.Starred) for arg in node.args):
            raise LabError(f"{name}'s arguments cannot be told apart; write them with their names.")
        given.update(zip(order, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg is None:
            raise LabError(f"{name} takes arguments from '**'; write them out.")
        given[keyword.arg] = keyword.value
    values = {
        key: literals.cv2_word(key, literals.evaluate(value, names)) for key, value in given.items()
    }
    return Call(name, values, {key: ast.unparse(value) for key, value in given.items()})


def _signature(name: str) -> tuple[str, ...]:
    return tuple(_accepted(name))


def _accepted(name: str) -> Mapping[str, Parameter]:
    """The arguments that the installed albumentations takes; empty for what it does not have."""
    from core.augment.engine.albumentations import accepted

    return accepted(name)


def ignored(found: Sequence[Call]) -> list[Finding]:
    """Each argument that the installed albumentations would ignore, and what happens instead."""
    from core.augment.engine.albumentations import VERSION

    findings = []
    for call in found:
        accepted = _accepted(call.name)
        for argument in call.given:
            if not accepted or argument in accepted:
                continue
            target = legacy.RENAMED.get(call.name, {}).get(argument)
            words = f"albumentations {VERSION} ignores {argument}={call.spelled(argument)}"
            if target == "" or argument == "always_apply":
                words += ", which changes nothing here." if target == "" else "; it has p alone."
            elif target:
                now = accepted[target].default
                words += f" and takes {target}={now!r}, its default; write {target}=... instead."
            else:
                words += f"; it takes {', '.join(accepted)}."
            findings.append(Finding(call.name, argument, f"{call.name}: {words}"))
    return findings


def as_installed(call: Call) -> Call:
    """The call as the installed version carries it out; LabError where it has no such transform."""
    from core.augment.engine.albumentations import VERSION

    if call.name in _ENDINGS:
        return call
    accepted = _accepted(call.name)
    mixing = call.name in TRANSFORMS and TRANSFORMS[call.name].level == "batch"
    if not accepted and not mixing:
        raise LabError(f"albumentations {VERSION} has no {call.name}.")
    kept = {name: x for name, x in call.given.items() if not accepted or name in accepted}
    return Call(call.name, kept, call.written)


def transforms(
    found: Sequence[Call], version: int, mean: Mean | None, findings: list[Finding]
) -> list[Transform]:
    """Calls as transforms of a policy; what was assumed is added to `findings`."""
    made: list[Transform] = []
    rim: dict[str, Any] | None = None  # a padding that waits for its RandomCrop
    for call in found:
        name, given = call.name, dict(call.given)
        if name in _ENDINGS:
            continue
        if version == 1 and name == "Cutout":
            name, given = "CoarseDropout", legacy.cutout(given)
        if version == 1:
            given = _with_old_defaults(name, given, findings)
        if name in ("Pad", "PadIfNeeded"):
            rim = _rim(name, given)
            continue
        if name == "RandomCrop":
            given, rim = _crop(given, rim), None
        if rim is not None:
            raise LabError("A padding stands without a RandomCrop after it; the size would change.")
        made.append(Transform(name, _ours(call, name, given, mean, findings)))
    if rim is not None:
        raise LabError("A padding stands without a RandomCrop after it; the size would change.")
    return made


def _with_old_defaults(name: str, given: dict[str, Any], findings: list[Finding]) -> dict[str, Any]:
    made = legacy.to_new(name, given)
    for parameter, value in legacy.DEFAULTS.get(name, {}).items():
        if parameter in made and parameter not in given and name != "CoarseDropout":
            record = TRANSFORMS[name].parameter(parameter) if name in TRANSFORMS else None
            now = f", version 2 takes {record.default!r}" if record else ""
            shown = tuple(round(x, 3) for x in value) if isinstance(value, tuple) else value
            words = f"{name}: {parameter} is not given; 1.x took {shown!r}{now}."
            findings.append(Finding(name, parameter, words))
    return made


def _rim(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if name == "Pad":
        padding = given.get("padding", 0)
    else:
        sides = {given.get("min_height"), given.get("min_width")}
        side = sides.pop()
        if sides or not isinstance(side, int) or side % 2 or side < IMAGE_SIZE:
            raise LabError(
                "PadIfNeeded must give min_height and min_width alike, an even number from "
                f"{IMAGE_SIZE}."
            )
        padding = (side - IMAGE_SIZE) // 2
    kept = {key: given[key] for key in ("border_mode", "fill") if key in given}
    return {"padding": padding, **kept}


def _crop(given: Mapping[str, Any], rim: dict[str, Any] | None) -> dict[str, Any]:
    size = (given.get("height"), given.get("width"))
    if size != (IMAGE_SIZE, IMAGE_SIZE):
        raise LabError(
            f"RandomCrop cuts {size[0]}x{size[1]}; in this lab images stay "
            f"{IMAGE_SIZE}x{IMAGE_SIZE}."
        )
    return {"p": given.get("p", 1.0), **(rim or {"padding": 0})}


def _ours(
    call: Call, name: str, given: Mapping[str, Any], mean: Mean | None, findings: list[Finding]
) -> dict[str, Any]:
    """Arguments of albumentations 2 as parameters of our record."""
    record = TRANSFORMS[name]
    made: dict[str, Any] = {}
    for argument, value in given.items():
        if argument in ("shift_limit_x", "shift_limit_y", "always_apply") or value is None:
            continue
        if record.parameter(argument) is None:
            _leave_out(call, name, argument, value)
            continue
        made[argument] = meant(call, name, argument, _both(name, argument, value), mean, findings)
    if "shift_limit_x" in given or "shift_limit_y" in given:
        made["shift_limit"] = _both(
            name,
            "shift_limit",
            {axis: given.get(f"shift_limit_{axis}", given.get("shift_limit")) for axis in "xy"},
        )
    return made


def _leave_out(call: Call, name: str, argument: str, value: Any) -> None:
    """Arguments that the lab has no control for may stand there if they change nothing."""
    accepted = _accepted(name)
    if argument in _OF_MASKS or argument not in accepted:
        return  # `ignored` speaks of those that albumentations does not have
    if value == accepted[argument].default:
        return
    names = ", ".join(entry.name for entry in TRANSFORMS[name].parameters)
    raise LabError(
        f"{name}'s {argument}={call.spelled(argument)} is not offered by the lab; leave it out or "
        f"use {names}."
    )


def _both(name: str, argument: str, value: Any) -> Any:
    """One range for x and y, where albumentations takes one each."""
    if not isinstance(value, dict):
        return value
    if set(value) == {"x", "y"} and value["x"] == value["y"]:
        return value["x"]
    raise LabError(
        f"{name}'s {argument} is {value!r:.60}; the lab draws x and y from one range, so give one."
    )
