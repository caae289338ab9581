"""`python -m core settings`: what can be set for a training, and what is measured in it."""

import argparse
import json
from textwrap import fill
from typing import Any

from core.config.setting import settings_of
from core.config.training_config import TrainingConfig
from core.metrics import METRICS
from core.registry import Registry


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `settings`."""
    listing = commands.add_parser(
        "settings",
        help="every setting of training with its choices, and the figures of an epoch",
        description="List the settings of training, what they may be, and the epoch's figures.",
    )
    listing.add_argument("--json", action="store_true", help="print JSON and nothing else")
    listing.set_defaults(run=_settings)


def _settings(options: argparse.Namespace) -> int:
    known = settings_of(TrainingConfig)
    if options.json:
        plain: dict[str, Any] = {
            name: {
                "label": setting.label,
                "help": setting.help,
                "group": setting.group,
                "default": setting.default,
                "allowed": setting.allowed,
                "choices": setting.choices and _records(setting.choices),
            }
            for name, setting in known.items()
        }
        print(json.dumps({"settings": plain, "metrics": _records(METRICS)}, indent=1))
        return 0
    for name, setting in known.items():
        print(f"{name:20}{setting.label}: {setting.allowed} (default {setting.default})")
        _indented(setting.help)
        for choice, record in setting.choices.items() if setting.choices is not None else ():
            _indented(f"{choice}: {record.label}. {record.help}")
    print("\nMeasured in each epoch:")
    for name, metric in METRICS.items():
        print(f"{name:20}{metric.label}. {metric.help}")
    return 0


def _records(registry: Registry[Any]) -> dict[str, dict[str, str]]:
    return {name: {"label": record.label, "help": record.help} for name, record in registry.items()}


def _indented(text: str) -> None:
    print(fill(text, 96, initial_indent=" " * 20, subsequent_indent=" " * 20))
