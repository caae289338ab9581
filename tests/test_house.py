"""The rules of the house that a reader can rely on: what lies where, and what says what.

Who imports whom stands in pyproject.toml, as a contract for import-linter.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.paths import REPOSITORY
from lab.pages import pages

ROOMS = ("core", "lab", "pages")
TOP_LEVEL = {
    ".ci",
    ".gitattributes",
    ".gitignore",
    ".streamlit",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "assets",
    "benchmarks",
    "core",
    "lab",
    "pages",
    "pyproject.toml",
    "requirements.txt",
    "tests",
}
HEAVY = ("torch", "torchvision", "albumentations", "cv2", "pandas", "pytorch_grad_cam", "streamlit")
STATE = {"session_state", "cache_data", "cache_resource", "query_params"}
MEGABYTE = 2**20


def sources(room: str) -> list[Path]:
    found = sorted((REPOSITORY / room).rglob("*.py"))
    assert found, f"{room}/ holds no Python file"
    return found


def shown(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imported(parsed: ast.AST) -> Iterator[str]:
    """The first word of everything that is imported, at the top of the file or inside it."""
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [str(word.value) for word in node.args if isinstance(word, ast.Constant)]
            yield from (name.partition(".")[0] for name in names)


def files_of_the_project() -> list[Path]:
    """Tracked files, and new ones that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, or no git here")
    paths = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_the_reading_of_imports_sees_every_way_of_importing() -> None:
    text = (
        "import streamlit.components as c\n"
        "from lab.state import x\n"
        "def f():\n    from pages import home\n    importlib.import_module('torch.nn')\n"
        "from . import sibling\n"
    )
    assert set(imported(ast.parse(text))) == {"streamlit", "lab", "pages", "torch"}


def test_only_the_state_room_touches_state_and_caches() -> None:
    wrong = []
    for path in [*sources("lab"), *sources("pages")]:
        if shown(path).startswith("lab/state/"):
            continue
        for node in ast.walk(tree(path)):
            names: list[str] = []
            if isinstance(node, ast.Attribute):
                names = [node.attr]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streamlit"):
                names = [alias.name for alias in node.names]
            wrong += [f"{shown(path)}:{node.lineno} {name}" for name in names if name in STATE]
    assert not wrong


@pytest.mark.parametrize(
    "module",
    [
        "core.config.run_config",
        "core.augment.policy",
        "core.augment.transforms.catalogue",
        "core.augment.policies",
        "core.networks.catalogue",
        "core.runs.store",
        "core.paths",
    ],
)
def test_light_modules_import_nothing_heavy(module: str) -> None:
    """The first page must not wait for torch."""
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"


def test_no_module_is_a_drawer_for_everything() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    names = {part for path in files_of_the_project() for part in path.with_suffix("").parts}
    assert not names & vague


def test_no_script_hides_a_module_of_python() -> None:
    """A script's own folder comes first on the import path: an inspect.py there broke all."""
    names = {path.stem for path in (REPOSITORY / "benchmarks").glob("*.py")}
    assert not names & sys.stdlib_module_names


def test_the_top_level_holds_what_it_may() -> None:
    found = {path.relative_to(REPOSITORY).parts[0] for path in files_of_the_project()}
    assert found <= TOP_LEVEL


def test_no_file_is_large() -> None:
    large = [shown(path) for path in files_of_the_project() if path.stat().st_size > 5 * MEGABYTE]
    assert not large


def test_no_file_knows_where_this_checkout_lies() -> None:
    here = str(REPOSITORY).encode()
    if len(REPOSITORY.parts) < 3:
        pytest.skip(f"{REPOSITORY} is too short a path to look for")
    assert not [shown(path) for path in files_of_the_project() if here in path.read_bytes()]


def test_every_page_is_in_the_navigation() -> None:
    declared = pages()
    assert set(declared) == {path.stem for path in sources("pages") if path.name != "__init__.py"}
    assert next(iter(declared)) == "home", "the lab opens with it"
    assert len({page.order for page in declared.values()}) == len(declared)
    assert all(page.summary.endswith(".") for page in declared.values())


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        shown(path)
        for room in ROOMS
        for path in sources(room)
        if (text := path.read_text("utf-8")).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert not silent


def test_requirements_are_pinned_and_cover_what_is_imported() -> None:
    lines = (REPOSITORY / "requirements.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pin) == 2 and pin[1] for pin in pins)
    goes_by = {
        "pillow": "PIL",
        "PyYAML": "yaml",
        "opencv-python-headless": "cv2",
        "grad-cam": "pytorch_grad_cam",
    }
    covered = {goes_by.get(name, name) for name, _ in pins}
    used = {name for room in ROOMS for path in sources(room) for name in imported(tree(path))}
    own = {*ROOMS, *sys.stdlib_module_names}
    assert used - own <= covered


def documents() -> list[Path]:
    return [path for path in files_of_the_project() if path.suffix == ".md"]


def test_every_link_in_the_documents_leads_somewhere() -> None:
    lost = []
    for path in documents():
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
            if not re.match(r"https?:|#", target):
                file = path.parent / target.partition("#")[0]
                lost += [] if file.exists() else [f"{shown(path)} links to {target}"]
    assert not lost


def test_every_file_that_contributing_names_exists() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`((?:core|lab|pages|tests|assets)/[\w./]*)`", text))
    assert len(named) > 8
    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []


def test_the_readme_draws_every_folder() -> None:
    """Each folder of the rooms stands in the README's tree, and nothing else does."""
    text = (REPOSITORY / "README.md").read_text("utf-8")
    tree = text.partition("## Where things are")[2].split("```")[1]
    drawn, above = set(), {-1: ""}
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        for word in re.findall(r"(?<![\w.`/])([\w]+/)(?=\s|$)", line):
            folder = above.get(depth - 1, "") + word
            above[depth] = folder
            drawn.add(folder.rstrip("/"))
    folders = {str(path.parent.relative_to(REPOSITORY)) for room in ROOMS for path in sources(room)}
    assert {name for name in drawn if name.partition("/")[0] in ROOMS} == folders


def test_every_test_of_an_addition_is_named_in_contributing() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    proofs = {
        f"tests/additions/{p.name}" for p in (REPOSITORY / "tests/additions").glob("test_*.py")
    }
    assert proofs == set(re.findall(r"`(tests/additions/\w+\.py)`", text))


def test_every_command_in_the_documents_exists() -> None:
    named = {
        (shown(path), command)
        for path in documents()
        for command in re.findall(r"python -m core ([a-z]+)", path.read_text("utf-8"))
    }
    told = subprocess.run(
        [sys.executable, "-m", "core", "--help"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    known = set(re.findall(r"^ {4}([a-z]+)", told.stdout, re.MULTILINE))
    assert {"train", "inspect"} <= known
    assert [f"{file}: {command}" for file, command in sorted(named) if command not in known] == []


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(
        re.findall(r"^([a-z0-9-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    )
    named = {
        (shown(path), target)
        for path in documents()
        for target in re.findall(r"(?:`|^)make ([a-z0-9-]+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert [f"{file}: make {name}" for file, name in sorted(named) if name not in targets] == []
