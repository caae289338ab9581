"""How the arithmetic of a run may be carried out, by name.

Optimizers, schedules, devices and augmentation engines are registered beside their code.
"""

from core.registry import Choice, Registry

PRECISIONS: Registry[Choice] = Registry("precision")
PRECISIONS.add(
    "auto", Choice("Fastest that fits", "16 bits where the hardware multiplies them faster.")
)
PRECISIONS.add("float32", Choice("float32", "32 bits throughout."))
PRECISIONS.add(
    "bfloat16", Choice("bfloat16", "Multiplies in 16 bits with the range of 32; weights keep 32.")
)
PRECISIONS.add(
    "float16", Choice("float16", "Multiplies in 16 bits; the loss is scaled so that none is lost.")
)

COMPILE_MODES: Registry[Choice] = Registry("compile mode")
COMPILE_MODES.add("auto", Choice("Where it pays", "On CUDA, where there is a compiler."))
COMPILE_MODES.add(
    "on", Choice("On", "Always, if there is a compiler; the first steps wait for it.")
)
COMPILE_MODES.add("off", Choice("Off", "Each operation runs as it is written."))
