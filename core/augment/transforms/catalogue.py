"""The transforms a policy may hold.

A record names its parameters as albumentations 2 does and says what a page needs to draw the
controls. Adding a transform of albumentations takes one record (space_records.py or
color_records.py): it then runs on the albumentations engine. Its batched form, where it has one,
is registered under the same name in operations.py, how its parameters are drawn in draws.py.
"""

from core.augment.transforms.color_records import COLOR, ENDING
from core.augment.transforms.geometric_records import SPACE
from core.augment.transforms.record import TransformRecord
from core.registry import Registry

TRANSFORMS: Registry[TransformRecord] = Registry("transform")
for _record in (*SPACE, *COLOR, *ENDING):
    TRANSFORMS.add(_record.name, _record)
