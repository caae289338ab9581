"""The list of pages, as the files in pages/ declare themselves. No Streamlit in here.

A page is one file that begins with `PAGE = Page(...)`, written in literals: it is read, not
imported, for importing a page would draw it.
"""

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core import paths

FOLDER = paths.REPOSITORY / "pages"


@dataclass(frozen=True)
class Page:
    """A page's entry in the navigation; the lowest `order` is where the lab opens."""

    title: str
    icon: str  # Streamlit's name, such as ":material/home:"
    order: int
    summary: str  # one sentence: what to do there


def pages(folder: Path = FOLDER) -> dict[str, Page]:
    """Every page by its file's name, which is also its address, in the order of the navigation."""
    files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    declared = {path.stem: _declared(path, path.stat().st_mtime_ns) for path in files}
    return dict(sorted(declared.items(), key=lambda entry: (entry[1].order, entry[0])))


@lru_cache(maxsize=64)
def _declared(path: Path, changed: int) -> Page:
    for node in ast.parse(path.read_text("utf-8"), str(path)).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGE":
            call = node.value
            assert isinstance(call, ast.Call), f"{path}: PAGE must be a call of Page"
            return Page(
                *(ast.literal_eval(value) for value in call.args),
                **{str(word.arg): ast.literal_eval(word.value) for word in call.keywords},
            )
    raise LookupError(f"{path} declares no page; begin it with PAGE = Page(title, icon, ...)")
