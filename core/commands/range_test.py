"""`python -m core range-test`: which learning rate a network takes."""

import argparse
import json
import sys
from dataclasses import asdict

from core.commands import run_options as settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `range-test`; it takes a run's settings, as `train` does."""
    test = commands.add_parser(
        "range-test",
        help="find a learning rate: a short training at a rate that grows",
        description="Train for a few steps while the learning rate grows, and suggest a tenth of "
        "the one at which the loss was lowest. Nothing is kept.",
    )
    settings.add(test)
    test.add_argument("--low", type=float, default=1e-4, help="first rate (default 0.0001)")
    test.add_argument("--high", type=float, default=10.0, help="last rate (default 10)")
    test.add_argument("--steps", type=int, default=100, help="how many (default 100)")
    test.add_argument("--json", action="store_true", help="print JSON and nothing else")
    test.set_defaults(run=_range_test)


def _range_test(options: argparse.Namespace) -> int:
    from core.data.sources import catalogue
    from core.training.range_test import range_test

    def on_point(rate: float, loss: float) -> None:
        print(f"rate {rate:10.6f}  smoothed loss {loss:.4f}", file=sys.stderr)

    made = range_test(
        settings.config(options),
        on_point,
        lambda: False,
        load=lambda source, progress: catalogue.load(source, progress, download=True),
        low=options.low,
        high=options.high,
        steps=options.steps,
    )
    if options.json:
        print(json.dumps(asdict(made)))
    elif made.suggestion is None:
        print("The loss only grew: no learning rate can be suggested; try a lower --low.")
    else:
        print(f"Learning rate {made.suggestion:.3g}: a tenth of where the loss was lowest.")
    return 0
