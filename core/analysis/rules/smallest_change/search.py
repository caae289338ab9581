"""The smallest change that would pass a rule that fails, tried out before it is proposed.

A proposal edits a copy of the network (module by module, so that any nn.Module will do), runs the
copy through the same reading, and is kept only if the rule then passes and the pass succeeds.
Where no such change is found, or what is called as a function in forward would have to be edited,
advice.py says what to do in general.
"""

import copy
from itertools import islice

from torch import nn

from core.analysis.rules.rules import check
from core.analysis.rules.smallest_change.advice import advice
from core.analysis.rules.smallest_change.candidates import PROPOSERS, Case, Change
from core.analysis.rules.structure import Structure
from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection

MOST_TRIES = 6  # networks read for one rule


def suggestions(inspection: Inspection, model: nn.Module) -> dict[str, str]:
    """For every rule that fails, the smallest change found, in words; without one, nothing."""
    found: dict[str, str] = {}
    for result in check(inspection):
        if result.passed is not False or result.rule not in PROPOSERS:
            continue
        case = Case(inspection, model, Structure(inspection), result)
        for change in islice(PROPOSERS[result.rule](case), MOST_TRIES):
            after = _read(case, change)
            if after is not None and _passes(after, result.rule):
                found[result.rule] = f"{change.words}: {_effect(inspection, after)}."
                break
        if result.rule not in found:
            found[result.rule] = advice(result, inspection, case.structure)
    return found


def _read(case: Case, change: Change) -> Inspection | None:
    """The network with the change made, or None if its forward pass then fails."""
    from core.analysis.summary.build import read

    edited = copy.deepcopy(case.model)
    for path, module in change.modules.items():
        parent, _, name = path.rpartition(".")
        target = edited.get_submodule(parent) if parent else edited
        setattr(target, name, module)
    inspection = case.inspection
    after = read(edited.to("meta"), inspection.name, inspection.classes, inspection.image_size)
    return None if after.failure else after


def _passes(inspection: Inspection, rule: str) -> bool:
    return any(result.rule == rule and result.passed for result in check(inspection))


def _effect(before: Inspection, after: Inspection) -> str:
    parameters = after.parameters - before.parameters
    if parameters:
        first = f"{parameters:+,} parameters".replace("-", "−")
    else:
        first = "parameters unchanged"
    old, new = (pair_text(entry.receptive_field) for entry in (before, after))
    return f"{first}, receptive field {'unchanged' if old == new else f'{old} to {new}'}"
