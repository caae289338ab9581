"""The verdict: one function a rule. To add a rule, add a function; the numbers: thresholds.toml.

A rule looks at what torch carried out, not at how it was spelt, and names the layers that decided
it. A rule on something that was not measured (an accuracy before training) neither passes nor
fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.analysis.rules.augmentation import clauses
from core.analysis.rules.structure import Structure
from core.analysis.rules.thresholds import Thresholds, thresholds
from core.analysis.summary.inspection import Inspection, Operation, flat
from core.augment.policy import Policy
from core.registry import Registry

NOT_MEASURED = "not measured yet"
NOT_DETERMINED = "not determined"


@dataclass(frozen=True)
class Case:
    """What a rule may look at."""

    inspection: Inspection
    structure: Structure
    policy: Policy | None
    accuracy: float | None
    limits: Thresholds


@dataclass(frozen=True)
class Verdict:
    """What a rule says. `passed` is None where there was nothing to measure."""

    passed: bool | None
    measured: Any
    required: str
    layers: tuple[str, ...] = ()
    why: str = ""
    change: str = ""


@dataclass(frozen=True)
class RuleRecord:
    title: str
    decide: Callable[[Case], Verdict]
    needs_pass: bool  # whether a complete forward pass is needed


@dataclass(frozen=True)
class RuleResult:
    """One rule on one network; `change` is the smallest change that would pass it."""

    rule: str
    title: str
    passed: bool | None
    measured: Any
    required: str
    layers: tuple[str, ...]
    why: str
    change: str

    def to_dict(self) -> dict[str, Any]:
        plain = dict(vars(self))
        return plain | {"layers": list(self.layers)}


RULES: Registry[RuleRecord] = Registry("rule")
Decide = Callable[[Case], Verdict]


def rule(name: str, title: str, *, needs_pass: bool = True) -> Callable[[Decide], Decide]:
    def add(decide: Decide) -> Decide:
        RULES.add(name, RuleRecord(title, decide, needs_pass))
        return decide

    return add


def check(
    inspection: Inspection,
    policy: Policy | None = None,
    accuracy: float | None = None,
    limits: Thresholds | None = None,
) -> tuple[RuleResult, ...]:
    """All rules, in the order of the assignment. `accuracy` is in percent."""
    case = Case(inspection, Structure(inspection), policy, accuracy, limits or thresholds())
    results = []
    for name, record in RULES.items():
        if record.needs_pass and inspection.failure is not None and not inspection.collapses:
            place = inspection.failure.layer
            verdict = Verdict(
                None, NOT_MEASURED, "a forward pass", why=f"The forward pass breaks off at {place}."
            )
        else:
            verdict = record.decide(case)
        change = verdict.change or inspection.changes.get(name, "")
        results.append(
            RuleResult(
                name,
                record.title,
                verdict.passed,
                verdict.measured,
                verdict.required,
                verdict.layers,
                verdict.why,
                change if verdict.passed is False else "",
            )
        )
    return tuple(results)


@rule("parameters", "Few parameters", needs_pass=False)
def _parameters(case: Case) -> Verdict:
    count, most = case.inspection.parameters, case.limits.most_parameters
    largest = sorted(case.inspection.rows, key=lambda row: -row.parameters)[:3]
    shares = [f"{row.name} {row.parameters / max(count, 1):.0%}" for row in largest]
    return Verdict(
        count < most,
        count,
        f"fewer than {most:,}",
        tuple(row.name for row in largest),
        f"The largest shares: {', '.join(shares)}.",
    )


@rule("receptive_field", "Receptive field")
def _receptive_field(case: Case) -> Verdict:
    field, least = case.inspection.receptive_field, case.limits.receptive_field
    if field is None:
        required = f"over {least} pixels before pooling"
        return Verdict(None, NOT_DETERMINED, required, why=case.inspection.undetermined)
    last = case.structure.last_map
    growing = [f"{op.label} +{gain:g}" for gain, op in case.structure.growth[:3]]
    return Verdict(
        min(field) > least,
        flat(field),
        f"over {least} pixels before pooling",
        (last.label,) if last else (),
        f"It grows most at {', '.join(growing)}." if growing else "Nothing makes it grow.",
    )


@rule("depthwise_separable", "Depthwise-separable convolution")
def _depthwise_separable(case: Case) -> Verdict:
    pairs, misses = case.structure.separable()
    named = [f"{first.label} then {second.label}" for first, second in pairs]
    why = f"Depthwise, then pointwise: {'; '.join(named)}." if pairs else " ".join(misses)
    return Verdict(
        bool(pairs),
        len(pairs),
        "at least one: a depthwise kernel over 1x1, then a pointwise 1x1",
        tuple(op.label for pair in pairs for op in pair),
        why or "No convolution has as many groups as it has input channels.",
    )


@rule("dilated", "Dilated convolution")
def _dilated(case: Case) -> Verdict:
    found = case.structure.dilated
    idle = [
        f"{op.label} has dilation {_size(op.dilation)} on a {_size(op.kernel)} kernel, which does "
        "nothing."
        for op in case.structure.convolutions
        if op not in found and op.dilation and max(op.dilation) > 1
    ]
    named = [f"{op.label} ({_size(op.kernel)}, dilation {_size(op.dilation)})" for op in found]
    why = f"Dilated: {', '.join(named)}." if found else " ".join(idle)
    return Verdict(
        bool(found),
        len(found),
        "at least one, with a kernel over 1x1",
        tuple(op.label for op in found),
        why or "Every convolution has dilation 1.",
    )


@rule("no_max_pooling", "No max pooling")
def _no_max_pooling(case: Case) -> Verdict:
    found = case.structure.max_poolings
    why = "A largest value of neighbors is taken in " + ", ".join(op.label for op in found) + "."
    return Verdict(
        not found,
        len(found),
        "none, in any spelling",
        tuple(op.label for op in found),
        why if found else "No operation takes the largest value of neighboring positions.",
    )


@rule("global_average_pooling", "Global average pooling")
def _global_average_pooling(case: Case) -> Verdict:
    ends = case.inspection.collapses
    kinds = {case.structure.collapse_kind(end) for end in ends}
    labels = tuple(
        dict.fromkeys(
            case.inspection.operations[end.operation].label for end in ends if end.operation >= 0
        )
    )
    passed = kinds == {"average pooling"}
    if passed:
        why = f"{' and '.join(labels)} averages over the whole map."
    elif kinds & {"map", "image"}:
        why = "The output is still a map: nothing averages over it."
    else:
        why = f"The map ends in {' and '.join(labels)}, by {' and '.join(sorted(kinds))}."
    measured = " and ".join(sorted(kinds)) if not passed else "average over the whole map"
    return Verdict(
        passed, measured, "an average over the whole map before the classes", labels, why
    )


@rule("blocks", "Four blocks, C1 to C4")
def _blocks(case: Case) -> Verdict:
    wanted = case.limits.blocks
    found = case.structure.blocks(wanted)
    if found.pooling:
        names = ", ".join(op.label for op in found.pooling)
        why = f"The map is shrunk by pooling in {names}; strides or dilation must do it."
        return Verdict(
            False,
            f"{found.count} blocks, shrunk by pooling",
            f"{wanted} blocks, shrunk by stride or dilation",
            tuple(op.label for op in found.pooling),
            why,
        )
    strided = ", ".join(op.label for op in found.strided)
    dilated = ", ".join(op.label for op in found.dilated)
    parts = [
        f"by stride: {strided}" if strided else "",
        f"by dilation: {dilated}" if dilated else "",
    ]
    how = "; ".join(part for part in parts if part) or "nothing ends a block"
    bonus = " No stride at all: that is the bonus." if dilated and not strided else ""
    return Verdict(
        found.count >= wanted,
        f"{found.count} blocks",
        f"{wanted} blocks, shrunk by stride (or, for the bonus, dilation)",
        tuple(op.label for op in (*found.strided, *found.dilated)),
        f"A block ends {how}.{bonus}",
    )


@rule("augmentations", "The three augmentations", needs_pass=False)
def _augmentations(case: Case) -> Verdict:
    required = "horizontal flip, shift-scale-rotate, coarse dropout as set in the assignment"
    if case.policy is None:
        return Verdict(None, NOT_MEASURED, required, why="No policy was given.")
    missed = [clause for clause in clauses(case.policy, case.limits) if not clause.passed]
    wrong = "; ".join(f"{clause.asked}: {clause.found}" for clause in missed)
    advice = " ".join(clause.advice for clause in missed if clause.advice)
    names = [entry.name for entry in case.policy.transforms]
    return Verdict(
        not missed,
        ", ".join(names) or "none",
        required,
        (),
        "All three are there, with their settings." if not missed else f"{wrong}.",
        f"Choose the policy 'assignment', or put right: {advice}",
    )


@rule("accuracy", "Accuracy", needs_pass=False)
def _accuracy(case: Case) -> Verdict:
    wanted = case.limits.accuracy
    required = f"at least {wanted:g}% of the test images"
    if case.accuracy is None:
        return Verdict(None, NOT_MEASURED, required, why="Train it, or name a run.")
    missing = wanted - case.accuracy
    return Verdict(
        case.accuracy >= wanted,
        round(case.accuracy, 2),
        required,
        change=f"{missing:.2f} points are missing: train longer, or on more varied images.",
    )


def _size(pair: tuple[float, float] | None) -> str:
    if pair is None:
        return ""
    return f"{pair[0]:g}x{pair[1]:g}" if pair[0] != pair[1] else f"{pair[0]:g}"


__all__ = ["NOT_MEASURED", "RULES", "Operation", "RuleResult", "check"]
