"""How a class in a file is named. No torch."""

from pathlib import Path

from core.errors import LabError


def is_file(name: str) -> bool:
    """Whether `name` points at a class in a file and not at a network that the lab knows."""
    return ":" in name or name.endswith(".py")


def split(name: str) -> tuple[Path, str]:
    """`path/to/model.py:Net` as its two parts; LabError when one of them is missing."""
    path, colon, class_name = name.rpartition(":")
    if not colon or not path.endswith(".py") or not class_name.isidentifier():
        raise LabError(
            f"{name!r} does not name a class in a file; write path/to/model.py:ClassName."
        )
    return Path(path).expanduser(), class_name
