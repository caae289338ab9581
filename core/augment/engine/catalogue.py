"""`ENGINES`: what carries a policy out, by name. Imports no torch and no albumentations."""

from core.registry import Choice, Registry

ENGINES: Registry[Choice] = Registry("augmentation engine")
ENGINES.add("auto", Choice("Fastest that fits", "Batched where every transform allows it."))
ENGINES.add("batched", Choice("Batched", "Whole batches of tensors on the training device."))
ENGINES.add(
    "albumentations",
    Choice("albumentations", "The library itself, one image after another."),
)
