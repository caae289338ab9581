"""Values from pasted Python: read from the syntax tree, never executed.

Understood are numbers, text, tuples, lists, dictionaries, + - * /, names bound to such values
earlier in the text, `cv2` constants, and a tuple or list made by doing arithmetic to each entry of
another one. Everything else is `Unknown`.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import LabError

LONGEST = 20_000  # characters of pasted text
DEEPEST = 40  # levels of brackets
_ENTRIES = 64  # of a sequence

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

    def __init__(self, text: str) -> None:
        self.text = text

    @property
    def scaled(self) -> bool:
        """Whether it was multiplied by 255."""
        return "255" in self.text


def check_size(text: str) -> None:
    """LabError for text that is too long or nested too deep to be looked at."""
    if len(text) > LONGEST:
        raise LabError(
            f"The text has {len(text):,} characters; paste the policy alone, at most {LONGEST:,}."
        )
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth > DEEPEST:
            raise LabError(f"The text nests more than {DEEPEST} brackets; paste the policy alone.")


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


def bindings(tree: ast.Module) -> dict[str, Any]:
    """Names that are given a value we understand, anywhere in the text."""
    names: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                value = evaluate(node.value, names)
                if not isinstance(value, Unknown):
                    names[target.id] = value
    return names


def evaluate(node: ast.expr, names: Mapping[str, Any], depth: int = 0) -> Any:
    """The value of an expression, or Unknown. Nothing is called and nothing is looked up."""
    unknown = Unknown(ast.unparse(node) if depth == 0 else "")
    if depth > DEEPEST:
        return unknown
    value = _evaluate(node, names, depth)
    if isinstance(value, Unknown) or (isinstance(value, tuple) and _holds_unknown(value)):
        return unknown
    return value


def _holds_unknown(values: tuple[Any, ...]) -> bool:
    return any(isinstance(value, Unknown) for value in values)


def _evaluate(node: ast.expr, names: Mapping[str, Any], depth: int) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Attribute(attr=name) if name in _CV2:
            return _CV2[name]
        case ast.Tuple(elts=entries) | ast.List(elts=entries) if len(entries) <= _ENTRIES:
            return tuple(evaluate(entry, names, depth + 1) for entry in entries)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = evaluate(operand, names, depth + 1)
            return -value if _is_number(value) else Unknown("")
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SUMS:
            return _sum(sign, evaluate(left, names, depth + 1), evaluate(right, names, depth + 1))
        case ast.Dict(keys=keys, values=values) if len(keys) <= _ENTRIES:
            pairs = zip(keys, values, strict=True)
            return {
                evaluate(key, names, depth + 1): evaluate(value, names, depth + 1)
                for key, value in pairs
                if key is not None
            }
        case ast.Subscript(value=inner, slice=ast.Constant(value=int(index))):
            sequence = evaluate(inner, names, depth + 1)
            inside = isinstance(sequence, tuple) and -len(sequence) <= index < len(sequence)
            return sequence[index] if inside else Unknown("")
        case ast.Call(func=ast.Name(id="tuple" | "list"), args=[inner], keywords=[]):
            return evaluate(inner, names, depth + 1)
        case ast.GeneratorExp() | ast.ListComp():
            return _each(node, names, depth)
    return Unknown("")


def _each(node: ast.GeneratorExp | ast.ListComp, names: Mapping[str, Any], depth: int) -> Any:
    """`255 * m for m in mean`: arithmetic on each entry of a known tuple."""
    loop = node.generators[0]
    if len(node.generators) > 1 or loop.ifs or not isinstance(loop.target, ast.Name):
        return Unknown("")
    values = evaluate(loop.iter, names, depth + 1)
    if not isinstance(values, tuple):
        return Unknown("")
    name = loop.target.id
    return tuple(evaluate(node.elt, {**names, name: value}, depth + 1) for value in values)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sum(sign: ast.operator, left: Any, right: Any) -> Any:
    if _is_number(left) and _is_number(right) and abs(left) < 1e12 and abs(right) < 1e12:
        try:
            return _SUMS[type(sign)](left, right)
        except ZeroDivisionError:
            return Unknown("")
    return Unknown("")


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
