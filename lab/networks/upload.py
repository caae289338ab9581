"""A student's own model.py: where running it is allowed, and where it is not. Streamlit only."""

import ast
import hashlib
from typing import Any

import streamlit as st

from core import paths
from core.analysis.sandbox.parent import inspect_file, probe_file
from core.analysis.summary.inspection import Inspection
from core.errors import LabError
from core.networks.building import STUDENT_CODE_VARIABLE, student_code_allowed
from lab import state

MAX_FILES = 50  # uploads that stay in the folder; the oldest go
MAX_BYTES = 1_000_000


def choose() -> str:
    """The file field; returns path:Class, or "" where nothing is chosen or allowed."""
    if not student_code_allowed():
        st.info(
            "This lab does not run uploaded files. Whoever starts it can allow them with "
            f"`{STUDENT_CODE_VARIABLE}=1`: on your own computer, or where everyone who can open "
            "this page is trusted. Without that, use the command line:",
            icon=":material/lock:",
        )
        st.code("python -m core inspect my/model.py:Net\npython -m core check my/model.py:Net")
        return ""
    uploaded = st.file_uploader(
        "Your model.py",
        type=["py"],
        help="It runs in a process of its own, for at most 15 seconds, and is then stopped.",
    )
    if uploaded is None:
        return ""
    text = uploaded.getvalue()
    if len(text) > MAX_BYTES:
        raise LabError(
            f"{uploaded.name} has {len(text):,} bytes; a model has at most {MAX_BYTES:,}."
        )
    names = classes(text, uploaded.name)
    chosen = st.selectbox("Class", names, key="student_class")
    return f"{_stored(text)}:{chosen}"


def classes(text: bytes, name: str) -> list[str]:
    """The classes in a file, those that look like modules first; read, not run."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f" line {line}" if line else ""
        raise LabError(
            f"{name}{place} is not Python: {getattr(error, 'msg', error)}; correct it and "
            "upload it again."
        ) from error
    found = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if not found:
        raise LabError(f"{name} has no class; write `class Net(nn.Module): ...` and upload it.")
    modules = [n.name for n in found if any("Module" in ast.unparse(b) for b in n.bases)]
    return [*reversed(modules), *(n.name for n in found if n.name not in modules)]


def _stored(text: bytes) -> str:
    folder = paths.home() / "students"
    path = folder / f"model_{hashlib.sha256(text).hexdigest()[:16]}.py"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        draft.write_bytes(text)
        draft.replace(path)
        oldest = sorted(folder.glob("model_*.py"), key=lambda p: p.stat().st_mtime)
        for old in oldest[:-MAX_FILES]:
            old.unlink(missing_ok=True)
    return str(path)


def inspected(name: str) -> Inspection:
    """The inspection of a file's class, from a process of its own."""
    found: Inspection = of_file("inspect", name)
    return found


def of_file(job: str, name: str) -> Any:
    """What a separate process finds out about a student's `path.py:Class`; kept for the session.

    `job` is inspect or probe. Errors are kept too, so that an endless loop is waited for once.
    """
    key = f"file {job} {name}"
    kept = state.recall(key)
    if kept is None:
        try:
            with st.spinner("Running the file in a process of its own"):
                kept = inspect_file(name) if job == "inspect" else probe_file(name)
        except LabError as error:
            kept = error
        state.remember(key, kept)
    if isinstance(kept, LabError):
        raise kept
    return kept
