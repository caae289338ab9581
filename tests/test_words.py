"""Words: names are the field's own, and words that only this lab used stay out of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.paths import REPOSITORY

# Each stood for something that PyTorch, torchvision or scikit-learn have a word for:
# reported, predicted, Evaluator, reliability, McNemar's test, policy editor, failures, learner.
RETIRED = {
    "told", "said", "judge", "judged", "belief", "duel", "bench", "trouble", "learns", "looks",
    "sight", "shrinking", "drawer", "optimiser", "colour", "grey", "neighbour", "centre",
}  # fmt: skip


def names(parsed: ast.AST) -> Iterator[str]:
    """Everything that a file gives a name to: functions, classes, arguments, variables."""
    for node in ast.walk(parsed):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def words(name: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


def python_files(room: str) -> list[Path]:
    return sorted((REPOSITORY / room).rglob("*.py"))


@pytest.mark.parametrize("room", ["core", "lab", "pages", "benchmarks"])
def test_no_name_is_a_word_of_our_own(room: str) -> None:
    found = python_files(room)
    assert found
    wrong = {
        f"{path.relative_to(REPOSITORY)}: {name}"
        for path in found
        for name in (
            *names(ast.parse(path.read_text("utf-8"))),
            *path.parts[len(REPOSITORY.parts) :],
        )
        if words(name.removesuffix(".py")) & RETIRED
    }
    assert not wrong


def test_the_reading_of_names_sees_every_kind() -> None:
    text = "class A:\n    def b(self, c):\n        d = 1\n        for e in (): pass\nf: int = 2\n"
    assert set(names(ast.parse(text))) == {"A", "b", "self", "c", "d", "e", "f"}
    assert words("MAX_KEPT") == {"max", "kept"}
    assert words("isTold_by") == {"is", "told", "by"}
