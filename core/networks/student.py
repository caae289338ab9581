"""A student's own file: find the class, make the module, and say what is wrong with its own line.

`load_class` runs the file in this process, with all that the process may do. Pages and the
inspecting commands have it run by core/analysis/sandbox, in a process that can be stopped.
"""

import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from core.errors import LabError
from core.networks.copying import materialize
from core.networks.names import split

MAX_FILE_SIZE = 1_000_000  # bytes of source
_CLASS_COUNT_NAMES = ("num_classes", "classes", "n_classes")


def load_class(name: str, classes: int = 10) -> nn.Module:
    """The class of `path/to/model.py:Net`, made without arguments.

    A parameter called num_classes, classes or n_classes is given the number of classes. Raises
    LabError, with the line of the file, for whatever goes wrong in it.
    """
    path, class_name = split(name)
    module = run_file(path)
    found = getattr(module, class_name, None)
    if found is None:
        raise LabError(f"{path.name} has no class {class_name!r}; it has {_modules_of(module)}.")
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise LabError(
            f"{class_name} in {path.name} is not a torch.nn.Module; write "
            f"`class {class_name}(nn.Module)`, or name another: it has {_modules_of(module)}."
        )
    arguments = _arguments(found, path, classes)
    try:
        return _detached(materialize(found(**arguments), class_name))
    except LabError:
        raise
    except (Exception, SystemExit) as error:
        raise LabError(f"Making {class_name}() fails{where(error, path)}") from error


def _detached(network: nn.Module) -> nn.Module:
    """Ready to be copied: a weight that is computed before each pass (nn.utils.weight_norm)
    forgets how it was."""
    for module in network.modules():
        for name, value in vars(module).items():
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                vars(module)[name] = value.detach()
    return network


def run_file(path: Path) -> ModuleType:
    """The file as a module, under a name of its own, with its folder importable meanwhile."""
    source = _source(path)
    try:
        code = compile(source, str(path), "exec")
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise LabError(
            f"{path.name} line {error.lineno} is not Python: {error.msg}: {line!r}."
        ) from error
    except ValueError as error:
        raise LabError(f"{path.name} is not Python source ({error}); choose a .py file.") from error
    spec = importlib.util.spec_from_loader(f"student_{path.stem}", loader=None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(path)
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    sys.modules[module.__name__] = module
    try:
        exec(code, module.__dict__)
    except (Exception, SystemExit) as error:
        raise LabError(f"Running {path.name} fails{where(error, path)}") from error
    finally:
        sys.path.remove(folder)
    return module


def where(error: BaseException, path: Path) -> str:
    """` in line 7, self.x = y: NameError: ...`: the innermost line of the file, and the error."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    place = ""
    if frames:
        line = frames[-1]
        text = _line(path, line.lineno)
        place = f" in line {line.lineno}" + (f" ({text})" if text else "")
    message = " ".join(str(error).split())
    reported = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return f"{place}: {reported[:400]}."


def _source(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_SIZE:
            raise LabError(
                f"{path.name} has {path.stat().st_size:,} bytes; a model's source may have up to "
                f"{MAX_FILE_SIZE:,}: choose the right file."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise LabError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise LabError(f"{path} cannot be read ({error.strerror}); choose a .py file.") from error


def _line(path: Path, number: int | None) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[number - 1].strip()[:120] if number and number <= len(lines) else ""


def _modules_of(module: ModuleType) -> str:
    own = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, nn.Module)
        and value.__module__ == module.__name__
    ]
    return f"the modules {', '.join(own)}" if own else "no class that is a torch.nn.Module"


def _arguments(found: type[nn.Module], path: Path, classes: int) -> dict[str, int]:
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return {}
    given = {p.name: classes for p in parameters if p.name in _CLASS_COUNT_NAMES}
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty
        and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        and p.name not in given
    ]
    if missing:
        raise LabError(
            f"{found.__name__} in {path.name} needs the arguments {', '.join(missing)}; give each "
            "a default, so that it can be made without any."
        )
    return given
