"""What the installed albumentations makes of calls: arguments it takes, and those it ignores."""

from collections.abc import Mapping
from dataclasses import replace
from inspect import Parameter
from typing import Any

from core.augment.code import legacy
from core.augment.code.call import ENDINGS, CodeCall, Finding, Group
from core.augment.code.literals import cut
from core.errors import LabError


def accepted(name: str) -> Mapping[str, Parameter]:
    """The arguments that the installed albumentations takes; empty for what it does not have."""
    from core.augment.engine import library

    return library.accepted(name)


def default_p(container: str) -> Any:
    """The p of a Compose or Sequential that is given none."""
    return accepted(container)["p"].default


def ignored(found: Group) -> list[Finding]:
    """Each argument that the installed albumentations would ignore, and what happens instead."""
    from core.augment.engine.library import VERSION

    findings = []
    for call in found.calls():
        known = accepted(call.name)
        for argument in call.given:
            if not known or argument in known:
                continue
            words = f"albumentations {VERSION} ignores {cut(argument)}={call.spelled(argument)}"
            words += _instead(call.name, argument, known)
            findings.append(Finding(call.name, argument, f"{call.name}: {words}"))
    return findings


def _instead(name: str, argument: str, accepted: Mapping[str, Parameter]) -> str:
    target = legacy.spelling(name).renamed.get(argument)
    if argument == "always_apply":
        return (
            f" and goes by p, which is {accepted['p'].default} unless given; write p=1.0 instead."
        )
    if target == "":
        return ", which changes nothing here."
    if target:
        now = accepted[target].default
        return f" and takes {target}={now!r}, its default; write {target}=... instead."
    return f"; it takes {', '.join(accepted)}."


def as_installed(found: Group) -> Group:
    """The calls as the installed version carries them out; LabError where it lacks one of them."""
    return replace(
        found,
        steps=[
            as_installed(step) if isinstance(step, Group) else _as_installed(step)
            for step in found.steps
        ],
    )


def _as_installed(call: CodeCall) -> CodeCall:
    from core.augment.engine.library import VERSION

    if call.name in ENDINGS or legacy.lookup(call.name)[0].level == "batch":
        return call
    known = accepted(call.name)
    if not known:
        raise LabError(f"albumentations {VERSION} has no {call.name}.")
    return replace(call, given={name: x for name, x in call.given.items() if name in known})
