"""`ENGINES`: what carries a policy out, by name. Imports no torch and no albumentations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.augment.engine.protocol import Engine
from core.augment.policy import Policy
from core.augment.types import RGB
from core.registry import Choice, Registry

if TYPE_CHECKING:
    import torch


class MakeEngine(Protocol):
    def __call__(
        self, policy: Policy, mean: RGB, std: RGB, device: "torch.device", workers: int
    ) -> Engine: ...


@dataclass(frozen=True)
class EngineRecord(Choice):
    """How an engine is made (None: another is picked); `refuses` names, in a sentence, what of a
    policy it cannot do, or gives ""."""

    make: MakeEngine | None = None
    refuses: Callable[[Policy], str] = lambda policy: ""


def _batched(policy: Policy, mean: RGB, std: RGB, device: "torch.device", workers: int) -> Engine:
    from core.augment.engine.batched import BatchedEngine

    return BatchedEngine(policy, mean, std, device)


def _without_batched_form(policy: Policy) -> str:
    found = (step.record.without_batched_form(step.parameters) for step in policy.transforms)
    what = next(filter(None, found), "")
    return f"{what} has no batched form." if what else ""


def _albumentations(
    policy: Policy, mean: RGB, std: RGB, device: "torch.device", workers: int
) -> Engine:
    from core.augment.engine.albumentations import AlbumentationsEngine

    return AlbumentationsEngine(policy, mean, std, device, workers)


ENGINES: Registry[EngineRecord] = Registry("augmentation engine")
ENGINES.add("auto", EngineRecord("Fastest that fits", "Batched where every transform allows it."))
ENGINES.add(
    "batched",
    EngineRecord(
        "Batched", "Whole batches of tensors on the training device.", _batched,
        _without_batched_form,
    ),
)  # fmt: skip
ENGINES.add(
    "albumentations",
    EngineRecord(
        "albumentations", "The library itself, one image after another.", _albumentations
    ),
)  # fmt: skip


def choose_engine(policy: Policy, name: str) -> tuple[str, str]:
    """The engine that will carry the policy out, and in a sentence why not the one asked for.

    Raises LabError for an unknown name.
    """
    asked = [name] if ENGINES[name].make else []
    able = [other for other, record in ENGINES.items() if record.make and other != name]
    note = ""
    for candidate in (*asked, *able):
        refusal = ENGINES[candidate].refuses(policy)
        if not refusal:
            return candidate, f"{note} The whole policy runs on {candidate}." if note else ""
        note = note or refusal
    raise AssertionError("albumentations refuses nothing")


def make_engine(
    name: str, policy: Policy, mean: RGB, std: RGB, device: "torch.device", workers: int = 0
) -> Engine:
    """The engine that `choose_engine` named; LabError for a policy that it cannot be made for."""
    make = ENGINES[name].make
    assert make is not None
    return make(policy, mean, std, device, workers)
