"""JSON and YAML from a paste box: plain values only, and nothing that grows on being read."""

import json
from typing import Any

import yaml

from core.augment.code.literals import MAX_DEPTH, cut
from core.errors import LabError


class _Loader(yaml.SafeLoader):
    """Safe values only; references, which let ten lines become a billion, are refused."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise LabError("The YAML refers back with '*'; write each transform out.")
        if getattr(self.current_event, "tag", None) is not None:
            raise LabError("The YAML holds a tag ('!'), which is not read; write plain numbers.")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LabError(f"The YAML nests more than {MAX_DEPTH} levels; paste the policy alone.")
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def from_json(text: str) -> Any:
    """Plain values; LabError where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise LabError(
            f"The text is no JSON that can be read ({cut(str(error))}); write a list of "
            "transforms, such as "
            '[{"name": "HorizontalFlip", "p": 0.5}].'
        ) from None


def from_yaml(text: str) -> Any:
    """Plain values; LabError where it is no YAML of that kind."""
    try:
        return yaml.load(text, Loader=_Loader)
    except LabError:
        raise
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:
        # not YAMLError alone: PyYAML fails so on dates that are none and numbers without digits
        where = getattr(getattr(error, "problem_mark", None), "line", None)
        line = f", line {where + 1}" if where is not None else ""
        raise LabError(
            f"The text is neither Python nor YAML that can be read{line}; paste A.Compose([...]), "
            "JSON or YAML."
        ) from None
