"""Policies from text: code for albumentations 1.x or 2, JSON, YAML. Parsed, never executed.

Code for 1.x is read as it was meant then. What the installed version would make of the same text,
ignoring the arguments that it no longer knows, is read beside it, so that a page can show both.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.augment.code import calls, installed, json_yaml, legacy, literals
from core.augment.code.call import ENDINGS, CodeCall, Finding, Group
from core.augment.code.infer import Statistics
from core.augment.policy import MAX_TRANSFORMS, Policy, Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.types import RGB
from core.errors import LabError, quoted

_CONTAINERS = ("Compose", "Sequential")
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


def read(text: str, mean: RGB | None = None, std: RGB | None = None) -> Reading:
    """Read a policy from pasted text; `mean` and `std` are the data set's, from 0 to 1, where they
    are known.

    Raises LabError, with what is wrong and where, for anything that is no policy.
    """
    literals.check_size(text)
    stripped = text.strip()
    if not stripped:
        raise LabError("There is nothing to read; paste A.Compose([...]), JSON or YAML.")
    data = Statistics(mean, std)
    try:
        if stripped[0] in "{[":
            return _from_plain(json_yaml.from_json(stripped), data)
        if re.search(r"\w\s*\(", stripped):
            return _from_code(stripped, data)
        return _from_plain(json_yaml.from_yaml(stripped), data)
    except RecursionError:
        raise LabError("The text is nested too deep to be read; paste the policy alone.") from None


def _from_plain(found: Any, data: Statistics) -> Reading:
    """Our own form, or what `A.to_dict` wrote."""
    if isinstance(found, list):
        found = {"transforms": found}
    if isinstance(found, Mapping) and "transform" in found:
        found = found["transform"]
    if isinstance(found, Mapping) and "__class_fullname__" in found:
        return _finished(_library_group(found), data, version=2)
    return Reading(Policy.from_dict(found), None, 0, ())


def _library_group(written: Mapping[str, Any]) -> Group:
    """A Compose or Sequential of `A.to_dict(compose)`."""
    steps: list[CodeCall | Group] = []
    for part in _list(written.get("transforms")):
        name = _class_name(part)
        if name in _CONTAINERS:
            steps.append(_library_group(part))
            continue
        legacy.lookup(name)  # raises, with the choices
        given = {str(key): x for key, x in part.items() if key != "__class_fullname__"}
        steps.append(CodeCall(name, {key: literals.plain_word(key, x) for key, x in given.items()}))
    name = _class_name(written)
    return Group(name, written.get("p", installed.default_p(name)), steps)


def _class_name(part: Mapping[str, Any]) -> str:
    name = str(part.get("__class_fullname__", ""))[:200].rpartition(".")[2]
    return name if name in _CONTAINERS or "transforms" not in part else "Compose"


def _list(parts: Any) -> list[Mapping[str, Any]]:
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        raise LabError(f"The transforms must be a list of tables, not {quoted(parts)}.")
    _count(len(parts))
    return parts


def _count(number: int) -> None:
    if number > MAX_TRANSFORMS:
        raise LabError(f"The text has {number:,} transforms; use from 0 to {MAX_TRANSFORMS}.")


def _from_code(text: str, data: Statistics) -> Reading:
    tree = literals.parse(text)
    names = literals.Names(tree)
    images, mixing = _images(tree, names), _mixing(tree, names)
    _count(sum(1 for _ in images.calls()))
    found = Group("Compose", 1, [images, *mixing])
    old = any(call.is_old for call in found.calls() if call.name not in ENDINGS)
    return _finished(found, data, version=1 if old else 2)


def _images(tree: ast.Module, names: literals.Names) -> Group:
    """The text's Compose, or all calls that stand in a list or alone."""
    composes = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node) == "Compose"
    ]
    single = [node for node in composes if not any(_is_mixing(part) for part in ast.walk(node))]
    if single:
        # the one with most to say: notebooks have a second, bare one for testing
        return max((_group(node, names) for node in single), key=lambda x: len(list(x.calls())))
    if composes:
        return Group("Compose", 1, [])
    found = []
    for statement in tree.body:
        value = getattr(statement, "value", None)
        parts = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        found += [part for part in parts if isinstance(part, ast.Call)]
    if not found:
        raise LabError("There is no transform in the text; paste the whole A.Compose([...]).")
    _count(len(found))
    return Group("Compose", 1, [_step(part, names) for part in found if not _is_mixing(part)])


def _is_mixing(node: ast.AST) -> bool:
    name = _name(node) if isinstance(node, ast.Call) else ""
    return name in TRANSFORMS and TRANSFORMS[name].level == "batch"


def _mixing(tree: ast.Module, names: literals.Names) -> list[CodeCall]:
    """torchvision's MixUp and CutMix, anywhere in the text, with the p of a RandomApply."""
    often: dict[int, Any] = {}
    found = []
    for node in ast.walk(tree):  # outer calls come before the calls within them
        if not isinstance(node, ast.Call):
            continue
        if _name(node) == "RandomApply":
            given = {word.arg: names.evaluate(word.value) for word in node.keywords}
            often |= {id(part): given.get("p", 0.5) for part in ast.walk(node)}
        elif _is_mixing(node):
            call = calls.from_node(node, names)
            kept = {
                key: x
                for key, x in call.given.items()
                if key not in ("num_classes", "labels_getter")
            }
            made = CodeCall(call.name, {"alpha": 1.0, "p": often.get(id(node), 1.0), **kept})
            found.append(((node.lineno, node.col_offset), made))
    _count(len(found))
    return [call for _, call in sorted(found, key=lambda pair: pair[0])]


def _name(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def _group(node: ast.Call, names: literals.Names) -> Group:
    name = _name(node)
    listed: ast.expr | None = node.args[0] if node.args else None
    p = installed.default_p(name)
    for keyword in node.keywords:
        if keyword.arg == "transforms":
            listed = keyword.value
        elif keyword.arg == "p":
            p = names.evaluate(keyword.value)
    if not isinstance(listed, ast.List | ast.Tuple):
        raise LabError(f"{name} holds no list of transforms; paste it whole.")
    _count(len(listed.elts))
    steps: list[CodeCall | Group] = []
    for part in listed.elts:
        if not isinstance(part, ast.Call):
            raise LabError(
                f"{quoted(literals.spell(part))} in the list is no transform; write it as "
                "A.Name(...)."
            )
        steps.append(_step(part, names))
    return Group(name, p, steps)


def _step(node: ast.Call, names: literals.Names) -> CodeCall | Group:
    name = _name(node)
    if name in _CHOOSERS:
        raise LabError(f"{name} is not offered here; list the transforms one by one.")
    return _group(node, names) if name in _CONTAINERS else calls.from_node(node, names)


def _finished(found: Group, data: Statistics, version: int) -> Reading:
    findings: list[Finding] = []
    meant = calls.transforms(found, version, data, findings)
    happens = None
    if version == 1:
        findings += installed.ignored(found)
        happens = _as_installed(found, data, findings)
        findings += _consequences(meant, happens)
    else:
        wrong = installed.ignored(found)
        if wrong:
            raise LabError(wrong[0].words)
    return Reading(Policy(_implicit(meant)), happens, version, tuple(findings))


def _consequences(meant: list[Transform], happens: Policy | None) -> list[Finding]:
    """What the installed version would do instead, where it differs."""
    if happens is None:
        return []
    made = []
    for name in dict.fromkeys(entry.name for entry in meant):
        intended = [entry.settings() for entry in meant if entry.name == name]
        instead = [entry.settings() for entry in happens.transforms if entry.name == name]
        for one, other in zip(intended, instead, strict=False):
            if one != other:
                words = f"{name}: meant is {one}; run as it stands, it would be {other}."
                made.append(Finding(name, "", words))
    return made


def _as_installed(found: Group, data: Statistics, findings: list[Finding]) -> Policy | None:
    try:
        return Policy(_implicit(calls.transforms(installed.as_installed(found), 2, data, [])))
    except LabError as error:
        findings.append(Finding("", "", f"The installed albumentations would stop: {error}"))
        return None


def _implicit(transforms: list[Transform]) -> tuple[Transform, ...]:
    """Without a Normalize by the data set's own numbers at the end, which every policy ends in."""
    images = [entry for entry in transforms if entry.record.level != "batch"]
    if images and images[-1] == Transform("Normalize"):
        transforms = [entry for entry in transforms if entry is not images[-1]]
    return tuple(transforms)
