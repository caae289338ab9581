"""The lab without a browser: `python -m core COMMAND`.

Exit code 0: done; 1: it could not be done (or, for `check`, a rule is broken); 2: bad usage.
Answers go to standard output, with --json as JSON alone; progress and errors go to standard error.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from core.commands import evaluate as run_commands
from core.commands import networks as analysis_commands
from core.commands import policy as augment_commands
from core.commands import range_test, recipes
from core.commands import train as training_commands
from core.errors import BadSetting, LabError


def parser() -> argparse.ArgumentParser:
    """The whole command line; each command sets `run`, which takes the arguments."""
    top = argparse.ArgumentParser(
        prog="python -m core",
        description="The CIFAR-10 lab without a browser: inspect, check, train, evaluate, report.",
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for room in (
        analysis_commands,
        augment_commands,
        training_commands,
        range_test,
        recipes,
        run_commands,
    ):
        room.register(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadSetting) else 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 1
    except BrokenPipeError:  # `... | head`: nobody reads on, which is no failure
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
