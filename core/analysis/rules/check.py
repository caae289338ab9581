"""`RULES` and `check`: the verdict of every rule in this folder on a network. Imports no torch.

To add a rule, put a file with a RECORD into core/analysis/rules; nothing else. The assignment's
numbers are in thresholds.toml beside it.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from core.analysis.rules.case import NOT_MEASURED, Case, RuleResult, Verdict
from core.analysis.rules.record import RuleRecord
from core.analysis.rules.structure import Structure
from core.analysis.rules.thresholds import Thresholds, thresholds
from core.analysis.summary.inspection import Inspection
from core.augment.policy import Policy
from core.registry import Registry


def _filled() -> Registry[RuleRecord]:
    registry: Registry[RuleRecord] = Registry("rule")
    here, own = __name__.rpartition(".")[::2]
    names = [entry.name for entry in iter_modules([str(Path(__file__).parent)]) if not entry.ispkg]
    modules = [import_module(f"{here}.{name}") for name in names if name != own]
    records = [module.RECORD for module in modules if hasattr(module, "RECORD")]
    for record in sorted(records, key=lambda entry: (entry.place, entry.name)):
        registry.add(record.name, record)
    return registry


RULES = _filled()


def cases(
    inspection: Inspection,
    policy: Policy | None = None,
    accuracy: float | None = None,
    limits: Thresholds | None = None,
) -> list[tuple[RuleRecord, Case]]:
    """Every rule with what it is asked, in the order of the assignment."""
    numbers, structure = limits or thresholds(), Structure(inspection)
    return [
        (
            record,
            Case(inspection, structure, policy, accuracy, numbers, record.requirement(numbers)),
        )
        for _, record in RULES.items()
    ]


def decide(record: RuleRecord, case: Case) -> Verdict:
    """The rule's verdict; none where the forward pass broke off before what it looks at."""
    failure = case.inspection.failure
    if record.needs_pass and failure is not None and not case.inspection.collapses:
        why = f"The forward pass breaks off at {failure.layer}."
        return Verdict(None, None, NOT_MEASURED, why=why)
    return record.decide(case)


def check(
    inspection: Inspection,
    policy: Policy | None = None,
    accuracy: float | None = None,
    limits: Thresholds | None = None,
) -> tuple[RuleResult, ...]:
    """All rules, in the order of the assignment. `accuracy` is in percent."""
    return tuple(
        _result(record, case, decide(record, case))
        for record, case in cases(inspection, policy, accuracy, limits)
    )


def _result(record: RuleRecord, case: Case, verdict: Verdict) -> RuleResult:
    change, requirement = "", case.requirement
    if verdict.passed is False:
        change = case.inspection.changes.get(record.name, "")
        if not change and record.advice is not None:
            change = record.advice(case, verdict)
    return RuleResult(
        rule=record.name,
        title=record.title,
        passed=verdict.passed,
        measured=verdict.value if verdict.measured is None else verdict.measured,
        required=requirement.text,
        layers=verdict.layers,
        why=verdict.why,
        change=change,
        value=verdict.value,
        limit=requirement.limit,
        comparison=requirement.comparison.value,
        unit=requirement.unit,
    )
