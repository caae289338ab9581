"""Values from pasted Python: read from the syntax tree, never executed.

Understood are numbers, text, tuples, lists, dictionaries, + - * /, names bound to such values
earlier in the text, `cv2` constants, and a tuple or list made by doing arithmetic to each entry of
another one. Everything else is `Unknown`, and so is a value that is too large to be a parameter.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import LabError

MAX_LENGTH = 20_000  # characters of pasted text
MAX_DEPTH = 40  # levels of brackets
_MAX_ENTRIES = 64  # of a sequence
_MAX_SIZE = 256  # numbers and texts within one value, so that names cannot multiply each other
_MAX_STEPS = 20_000  # expressions looked at, of one text
_MAX_NUMBER = 1e12

_CV2 = {
    "BORDER_CONSTANT": "constant",
    "BORDER_REPLICATE": "replicate",
    "BORDER_REFLECT": "reflect",
    "BORDER_WRAP": "wrap",
    "BORDER_REFLECT_101": "reflect_101",
    "BORDER_REFLECT101": "reflect_101",
    "BORDER_DEFAULT": "reflect_101",
    "INTER_NEAREST": "nearest",
    "INTER_LINEAR": "linear",
    "INTER_CUBIC": "cubic",
}
_BORDER_NUMBERS = {0: "constant", 1: "replicate", 2: "reflect", 3: "wrap", 4: "reflect_101"}
_INTERPOLATION_NUMBERS = {0: "nearest", 1: "linear", 2: "cubic"}
_SUMS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class Unknown:
    """A value that the text does not tell; `text` is how it was written."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def cut(text: str, limit: int = 60) -> str:
    """A piece of pasted text, as a message may repeat it."""
    return text if len(text) <= limit else f"{text[:limit]}..."


def spell(node: ast.expr) -> str:
    """An expression as text."""
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):  # ValueError: a number of over 4,300 digits
        return "an expression"


def check_size(text: str) -> None:
    """LabError for text that is too long or nested too deep to be looked at."""
    if len(text) > MAX_LENGTH:
        raise LabError(
            f"The text has {len(text):,} characters; paste the policy alone, at most "
            f"{MAX_LENGTH:,}."
        )
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth > MAX_DEPTH:
            raise LabError(
                f"The text nests more than {MAX_DEPTH} brackets; paste the policy alone."
            )


def parse(text: str) -> ast.Module:
    """The syntax tree of pasted Python; LabError where it is none."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        where = f"line {error.lineno}" if error.lineno else "the text"
        raise LabError(
            f"The text is no Python that can be read ({where}: {error.msg}); paste the whole "
            "A.Compose([...]), or JSON or YAML."
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise LabError("The text is too tangled to be read; paste the policy alone.") from None


class Names:
    """The names that a text gives values to, and its expressions evaluated with them.

    Nothing is called and nothing is looked up. Raises LabError for a text that takes too long.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._values: dict[str, Any] = {}
        self._steps = 0
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
                if isinstance(target, ast.Name):
                    value = self.evaluate(node.value)
                    if not isinstance(value, Unknown):
                        self._values[target.id] = value

    def evaluate(self, node: ast.expr) -> Any:
        """The value of an expression, or Unknown."""
        value = self._evaluate(node, self._values, 0)
        return Unknown(spell(node)) if isinstance(value, Unknown) else value

    def _evaluate(self, node: ast.expr, names: Mapping[str, Any], depth: int) -> Any:
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise LabError("The text takes too long to be worked out; paste the policy alone.")
        if depth > MAX_DEPTH:
            return Unknown()
        value = self._value(node, names, depth + 1)
        return value if _size(value) <= _MAX_SIZE else Unknown()

    def _value(self, node: ast.expr, names: Mapping[str, Any], depth: int) -> Any:
        match node:
            case ast.Constant(value=bool() | str() | None as value):
                return value
            case ast.Constant(value=int() | float() as value):
                return value if abs(value) <= _MAX_NUMBER else Unknown()
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.Attribute(attr=name) if name in _CV2:
                return _CV2[name]
            case ast.Tuple(elts=entries) | ast.List(elts=entries) if len(entries) <= _MAX_ENTRIES:
                return tuple(self._evaluate(entry, names, depth) for entry in entries)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self._evaluate(operand, names, depth)
                return -value if _is_number(value) else Unknown()
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SUMS:
                first, second = (self._evaluate(side, names, depth) for side in (left, right))
                return _sum(sign, first, second)
            case ast.Dict(keys=keys, values=values) if len(keys) <= _MAX_ENTRIES:
                return {
                    key.value: self._evaluate(value, names, depth)
                    for key, value in zip(keys, values, strict=True)
                    if isinstance(key, ast.Constant) and isinstance(key.value, str)
                }
            case ast.Subscript(value=inner, slice=ast.Constant(value=int(index))):
                sequence = self._evaluate(inner, names, depth)
                inside = isinstance(sequence, tuple) and -len(sequence) <= index < len(sequence)
                return sequence[index] if inside else Unknown()
            case ast.Call(func=ast.Name(id="tuple" | "list"), args=[inner], keywords=[]):
                return self._evaluate(inner, names, depth)
            case ast.GeneratorExp() | ast.ListComp():
                return self._each(node, names, depth)
        return Unknown()

    def _each(
        self, node: ast.GeneratorExp | ast.ListComp, names: Mapping[str, Any], depth: int
    ) -> Any:
        """`255 * m for m in mean`: arithmetic on each entry of a known tuple."""
        loop = node.generators[0]
        if len(node.generators) > 1 or loop.ifs or not isinstance(loop.target, ast.Name):
            return Unknown()
        values = self._evaluate(loop.iter, names, depth)
        if not isinstance(values, tuple):
            return Unknown()
        name = loop.target.id
        return tuple(self._evaluate(node.elt, {**names, name: value}, depth) for value in values)


def _size(value: Any) -> float:
    """How many numbers and texts a value holds; infinite if one of them is unknown."""
    if isinstance(value, tuple | dict):
        entries = value.values() if isinstance(value, dict) else value
        return 1 + sum(map(_size, entries))
    return math.inf if isinstance(value, Unknown) else 1


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sum(sign: ast.operator, left: Any, right: Any) -> Any:
    if _is_number(left) and _is_number(right):
        try:
            made = _SUMS[type(sign)](left, right)
        except ZeroDivisionError:
            return Unknown()
        return made if abs(made) <= _MAX_NUMBER else Unknown()
    return Unknown()


def plain_word(parameter: str, value: Any) -> Any:
    """A value from JSON as one from code: lists are tuples, cv2's numbers are words."""
    if isinstance(value, list):
        return tuple(plain_word("", entry) for entry in value)
    return cv2_word(parameter, value)


def cv2_word(parameter: str, value: Any) -> Any:
    """cv2's number for a border or an interpolation as the word a policy uses."""
    numbers = {"border_mode": _BORDER_NUMBERS, "mode": _BORDER_NUMBERS,
               "interpolation": _INTERPOLATION_NUMBERS}.get(parameter)  # fmt: skip
    if numbers is not None and isinstance(value, int) and not isinstance(value, bool):
        return numbers.get(value, value)
    return value
