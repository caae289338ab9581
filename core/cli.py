"""The lab without a browser: `python -m core COMMAND`.

Exit code 0: done; 1: it could not be done (or, for `check`, a rule is broken); 2: bad usage.
Answers go to standard output, with --json as JSON alone; progress and errors go to standard error.
"""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

import core.commands
from core.errors import BadSetting, LabError

_NOT_WRITTEN = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO)


def parser() -> argparse.ArgumentParser:
    """The whole command line: every file of core/commands with a function `register`.

    Each command sets `run`, which takes the arguments.
    """
    top = argparse.ArgumentParser(
        prog="python -m core",
        description="The CIFAR-10 lab without a browser: inspect, check, train, evaluate, report.",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for found in iter_modules(core.commands.__path__, "core.commands."):
        register = getattr(import_module(found.name), "register", None)
        if register is not None:
            register(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()  # here, where it can still be said that it fails
        return code
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadSetting) else 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in _NOT_WRITTEN:
            raise
        print(f"error: The output could not be written ({error.strerror}).", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left of it
        return 1
