"""A setting: a field of a config with all that is said of it in the field's metadata.

Validation, command line, form, the difference from a recipe and the report are made from it.
"""

import math
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from core.errors import BadSetting, quoted
from core.registry import Registry

_KEY = "setting"


@dataclass(frozen=True)
class Setting:
    """What is said of one field. `type` is int, float or str; for str there are `choices`.

    Numbers lie between `low` and `high`, both included where nothing else is said. `zero`: what
    0 means where it turns the setting off ("no limit"); 0 is then allowed whatever `low` is.
    """

    type: type
    default: Any
    label: str
    help: str
    group: str  # the heading that it stands under
    unit: str = ""
    low: float = 0
    high: float = math.inf
    low_excluded: bool = False
    high_excluded: bool = False
    step: int | None = None  # of a control's buttons; None for a control without
    zero: str = ""
    choices: Registry[Any] | None = None

    @property
    def allowed(self) -> str:
        """What may be chosen, in words."""
        if self.choices is not None:
            return f"one of {', '.join(self.choices)}"
        zero = f"0 for {self.zero}, or " if self.zero else ""
        unit = f" {self.unit}" if self.unit else ""
        if self.type is int:
            return f"{zero}a whole number from {self.low} to {self.high}{unit}"
        start = f"over {self.low:g}" if self.low_excluded else f"from {self.low:g}"
        end = f"under {self.high:g}" if self.high_excluded else f"up to {self.high:g}"
        return f"{zero}a number {start} and {end}{unit}"

    def check(self, value: object) -> None:
        """Raises BadSetting for what is not allowed."""
        if self.choices is not None:
            self.choices[value]  # type: ignore[index]  # whatever it is, the registry says
        elif not self._is_allowed(value):
            raise BadSetting(
                f"{self.label}: {quoted(value)} is not allowed; choose {self.allowed}."
            )

    def show(self, value: Any) -> str:
        """A value as it is read: a choice's label, what 0 means, a number with its unit."""
        if self.choices is not None:
            return str(self.choices[value].label)
        if self.zero and value == 0:
            return self.zero
        return f"{value:g}{'' if self.unit in ('', '%') else ' '}{self.unit}"

    def _is_allowed(self, value: object) -> bool:
        kinds = (int,) if self.type is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return False
        if self.zero and value == 0:
            return True
        above = value > self.low if self.low_excluded else value >= self.low
        return above and (value < self.high if self.high_excluded else value <= self.high)


def whole(default: int, **about: Any) -> Any:
    """A field for a whole number; `about` as Setting has it."""
    return _field(Setting(int, default, **{"step": 1, **about}))


def real(default: float, **about: Any) -> Any:
    """A field for a number."""
    return _field(Setting(float, default, **about))


def choice(default: str, choices: Registry[Any], **about: Any) -> Any:
    """A field for one of a registry's names."""
    return _field(Setting(str, default, choices=choices, **about))


@cache
def settings_of(config: type) -> dict[str, Setting]:
    """The settings of a config class by the names of its fields, in their order."""
    return {entry.name: entry.metadata[_KEY] for entry in fields(config)}


def _field(setting: Setting) -> Any:
    return field(default=setting.default, metadata={_KEY: setting})
