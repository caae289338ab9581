"""`ENGINES`: what carries a policy out, by name. Imports no torch and no albumentations."""

from dataclasses import dataclass

from core.registry import Registry


@dataclass(frozen=True)
class EngineRecord:
    """An engine's label and one line of explanation."""

    label: str
    help: str


ENGINES: Registry[EngineRecord] = Registry("augmentation engine")
ENGINES.add("auto", EngineRecord("Fastest that fits", "Batched where every transform allows it."))
ENGINES.add("batched", EngineRecord("Batched", "Whole batches of tensors on the training device."))
ENGINES.add(
    "albumentations",
    EngineRecord("albumentations", "The library itself, one image after another."),
)
