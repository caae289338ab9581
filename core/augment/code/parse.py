"""Policies from text: code for albumentations 1.x or 2, JSON, YAML. Parsed, never executed.

Code for 1.x is read as it was meant then. What the installed version would make of the same text,
ignoring the arguments that it no longer knows, is read beside it, so that a page can show both.
"""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.augment.code import calls, json_yaml, literals
from core.augment.code.infer import Call, Finding
from core.augment.policy import LARGEST, Policy, Transform
from core.augment.transforms import words
from core.errors import LabError

Mean = tuple[float, float, float]
_CONTAINERS = ("Compose", "Sequential")
_MIXERS = ("MixUp", "CutMix")
_CHOOSERS = ("OneOf", "SomeOf", "OneOrOther", "RandomOrder", "ReplayCompose")


@dataclass(frozen=True)
class Reading:
    """What a text says.

    `policy`: what its author meant. `happens`: what the installed albumentations would make of the
    text as it stands, or None where it would fail or the text is no code. `version`: 1 or 2, the
    albumentations that the code was written for, 0 for JSON and YAML. `findings`: what was ignored,
    assumed or left out, in the order of the text.
    """

    policy: Policy
    happens: Policy | None
    version: int
    findings: tuple[Finding, ...]


def read(text: str, mean: Mean | None = None) -> Reading:
    """Read a policy from pasted text; `mean` is the data set's, from 0 to 1, where it is known.

    Raises LabError, with what is wrong and where, for anything that is no policy.
    """
    literals.check_size(text)
    stripped = text.strip()
    if not stripped:
        raise LabError("There is nothing to read; paste A.Compose([...]), JSON or YAML.")
    try:
        if stripped[0] in "{[":
            return _from_plain(json_yaml.from_json(stripped), mean)
        if re.search(r"\w\s*\(", stripped):
            return _from_code(stripped, mean)
        return _from_plain(json_yaml.from_yaml(stripped), mean)
    except RecursionError:
        raise LabError("The text is nested too deep to be read; paste the policy alone.") from None


def _from_plain(found: Any, mean: Mean | None) -> Reading:
    """Our own form, or what `A.to_dict` wrote."""
    if isinstance(found, list):
        found = {"transforms": found}
    if isinstance(found, Mapping) and "transform" in found:
        found = found["transform"]
    if isinstance(found, Mapping) and "__class_fullname__" in found:
        return _finished(_library_calls(found), mean, version=2)
    return Reading(Policy.from_dict(found), None, 0, ())


def _library_calls(compose: Mapping[str, Any]) -> list[Call]:
    """The steps of `A.to_dict(compose)`, those of a Sequential among them."""
    found: list[Call] = []
    for part in _list(compose.get("transforms")):
        name = str(part.get("__class_fullname__", "")).rpartition(".")[2]
        if name in _CONTAINERS and part.get("p", 1.0) == 1.0:
            found += _library_calls(part)
        else:
            given = {key: x for key, x in part.items() if key != "__class_fullname__"}
            found.append(Call(name, {key: literals.plain_word(key, x) for key, x in given.items()}))
    return found


def _list(parts: Any) -> list[Mapping[str, Any]]:
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        raise LabError(f"The transforms must be a list of tables, not {json.dumps(parts)[:60]}.")
    _count(len(parts))
    return parts


def _count(number: int) -> None:
    if number > LARGEST:
        raise LabError(f"The text has {number:,} transforms; use from 0 to {LARGEST}.")


def _from_code(text: str, mean: Mean | None) -> Reading:
    tree = literals.parse(text)
    names = literals.bindings(tree)
    nodes = [node for node in _steps(tree) if _name(node) not in _MIXERS]
    _count(len(nodes))
    found = [calls.from_node(node, names) for node in nodes] + _mixing(tree, names)
    old = any(call.is_old for call in found)
    return _finished(found, mean, version=1 if old else 2)


def _steps(tree: ast.Module) -> list[ast.Call]:
    """The calls within the text's Compose, or all that stand in a list or alone."""
    composes = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node) == "Compose"
    ]
    mixing = [node for node in composes if any(_is_mixing(part) for part in ast.walk(node))]
    composes = [node for node in composes if node not in mixing]
    if composes:
        # the one with most to say: notebooks have a second, bare one for testing
        return max((_within(node) for node in composes), key=len)
    if mixing:
        return []
    found = []
    for statement in tree.body:
        value = getattr(statement, "value", None)
        parts = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        found += [part for part in parts if isinstance(part, ast.Call)]
    if not found:
        raise LabError("There is no transform in the text; paste the whole A.Compose([...]).")
    return found


def _is_mixing(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _name(node) in _MIXERS


def _mixing(tree: ast.Module, names: Mapping[str, Any]) -> list[Call]:
    """torchvision's MixUp and CutMix, anywhere in the text, with the p of a RandomApply."""
    often: dict[int, Any] = {}
    found = []
    for node in ast.walk(tree):  # outer calls come before the calls within them
        if not isinstance(node, ast.Call):
            continue
        if _name(node) == "RandomApply":
            given = calls.from_node(ast.Call(node.func, [], node.keywords), names).given
            often |= {id(part): given.get("p", 0.5) for part in ast.walk(node)}
        elif _name(node) in _MIXERS:
            call = calls.from_node(node, names)
            kept = {
                key: x
                for key, x in call.given.items()
                if key not in ("num_classes", "labels_getter")
            }
            found.append(Call(call.name, {"alpha": 1.0, "p": often.get(id(node), 1.0), **kept}))
    _count(len(found))
    return found


def _name(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _within(node: ast.Call) -> list[ast.Call]:
    listed: ast.expr | None = node.args[0] if node.args else None
    for keyword in node.keywords:
        if keyword.arg == "transforms":
            listed = keyword.value
        elif _name(node) == "Sequential" and keyword.arg == "p":
            raise LabError("Sequential with a p of its own is not offered; give each step its p.")
    if not isinstance(listed, ast.List | ast.Tuple):
        raise LabError(f"{_name(node)} holds no list of transforms; paste it whole.")
    _count(len(listed.elts))
    steps = []
    for part in listed.elts:
        if not isinstance(part, ast.Call):
            raise LabError(
                f"{ast.unparse(part)[:60]!r} in the list is no transform; write it as A.Name(...)."
            )
        if _name(part) in _CHOOSERS:
            raise LabError(f"{_name(part)} is not offered here; list the transforms one by one.")
        steps += _within(part) if _name(part) in _CONTAINERS else [part]
    return steps


def _finished(found: list[Call], mean: Mean | None, version: int) -> Reading:
    findings: list[Finding] = []
    meant = calls.transforms(found, version, mean, findings)
    happens = None
    if version == 1:
        findings += calls.ignored(found)
        happens = _as_installed(found, mean, findings)
        findings += _consequences(meant, happens)
    else:
        wrong = calls.ignored(found)
        if wrong:
            raise LabError(wrong[0].words)
    return Reading(Policy(_implicit(meant)), happens, version, tuple(findings))


def _consequences(meant: list[Transform], happens: Policy | None) -> list[Finding]:
    """What the installed version would do instead, where it differs."""
    if happens is None:
        return []
    made = []
    for name in dict.fromkeys(entry.name for entry in meant):
        intended = [words.settings(entry) for entry in meant if entry.name == name]
        instead = [words.settings(entry) for entry in happens.transforms if entry.name == name]
        for one, other in zip(intended, instead, strict=False):
            if one != other:
                said = f"{name}: meant is {one}; run as it stands, it would be {other}."
                made.append(Finding(name, "", said))
    return made


def _as_installed(found: list[Call], mean: Mean | None, findings: list[Finding]) -> Policy | None:
    try:
        known = [calls.as_installed(call) for call in found]
        return Policy(_implicit(calls.transforms(known, 2, mean, [])))
    except LabError as error:
        findings.append(Finding("", "", f"The installed albumentations would stop: {error}"))
        return None


def _implicit(transforms: list[Transform]) -> tuple[Transform, ...]:
    """Without a Normalize by the data set's own numbers at the end, which every policy ends in."""
    images = [entry for entry in transforms if entry.record.level != "batch"]
    if images and images[-1] == Transform("Normalize"):
        transforms = [entry for entry in transforms if entry is not images[-1]]
    return tuple(transforms)
