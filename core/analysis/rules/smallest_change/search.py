"""The smallest change that would pass a rule that fails, tried out before it is proposed.

A proposal edits a copy of the network (module by module, so that any nn.Module will do), runs the
copy through the same reading, and is kept only if the rule then passes and the pass succeeds.
Where no such change is found, or what is called as a function in forward would have to be edited,
the rule's own advice says what to do in general.
"""

from itertools import islice

from torch import nn

from core.analysis.rules.check import cases, check, decide
from core.analysis.rules.record import Change, Editable
from core.analysis.summary.build import read
from core.analysis.summary.formats import pair_text
from core.analysis.summary.inspection import Inspection
from core.networks.copying import copied

MAX_TRIES = 6  # networks read for one rule


def suggestions(inspection: Inspection, model: nn.Module) -> dict[str, str]:
    """For every rule that fails, the smallest change found, in words; without one, nothing."""
    found: dict[str, str] = {}
    for record, case in cases(inspection):
        if record.candidates is None or decide(record, case).passed is not False:
            continue
        for change in islice(record.candidates(Editable(case, model)), MAX_TRIES):
            after = _read(inspection, model, change)
            if after is not None and _passes(after, record.name):
                found[record.name] = f"{change.words}: {_effect(inspection, after)}."
                break
    return found


def _read(inspection: Inspection, model: nn.Module, change: Change) -> Inspection | None:
    """The network with the change made, or None if its forward pass then fails."""
    edited = copied(model)
    for path, module in change.modules.items():
        parent, _, name = path.rpartition(".")
        target = edited.get_submodule(parent) if parent else edited
        setattr(target, name, module)
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
