"""`TRANSFORMS`: every transform that a policy may hold. Imports no torch and no albumentations.

To add one, put a file with RECORDS into this folder; nothing else. A record alone runs on
albumentations; with `make_params` and `apply` it has a batched form, too.
"""

from importlib import import_module
from pkgutil import iter_modules

from core.augment import transforms
from core.augment.transforms.record import TransformRecord
from core.registry import Registry

_LEVELS = ("image", "normalize", "batch")


def _filled() -> Registry[TransformRecord]:
    found: list[TransformRecord] = []
    for file in iter_modules(transforms.__path__):
        name = f"{transforms.__name__}.{file.name}"
        if name != __name__:
            found += getattr(import_module(name), "RECORDS", ())
    registry: Registry[TransformRecord] = Registry("transform")
    for record in sorted(found, key=lambda x: (_LEVELS.index(x.level), x.place, x.label)):
        registry.add(record.name, record)
    return registry


TRANSFORMS = _filled()
