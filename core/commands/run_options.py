"""A run's settings as options of the command line; those that are given change a recipe's."""

import argparse
from dataclasses import replace

from core import old_names
from core.augment import policies
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.config.setting import settings_of
from core.data.sources import catalogue
from core.errors import BadSetting, LabError
from core.training.recipes import RECIPES


def add(parser: argparse.ArgumentParser) -> None:
    """Network, policy, data, recipe, and every field of TrainingConfig."""
    parser.add_argument(
        "--recipe", metavar="NAME", help="start from a named run (see `recipes`); options change it"
    )
    parser.add_argument(
        "--network", help=f"a name, or my/model.py:Net (default {NetworkConfig.name})"
    )
    parser.add_argument("--policy", help="a named augmentation policy (default assignment)")
    parser.add_argument("--data", default=catalogue.READY, help=catalogue.NAMED)
    known = settings_of(TrainingConfig)
    for name, setting in known.items():
        about = f"{setting.help} Choose {setting.allowed} (default {setting.default})."
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=setting.type,
            default=argparse.SUPPRESS,  # so that what is given can be told from what is not
            help=about.replace("%", "%%"),
        )
    for old, name in old_names.TRAINING.items():
        parser.add_argument(
            f"--{old.replace('_', '-')}",
            dest=name,
            type=known[name].type,
            default=argparse.SUPPRESS,
            help=argparse.SUPPRESS,
        )


def config(options: argparse.Namespace) -> RunConfig:
    """The run that was asked for; BadSetting for what the options make impossible."""
    from core.networks.building import resolve

    given = {
        name: getattr(options, name)
        for name in settings_of(TrainingConfig)
        if hasattr(options, name)
    }
    data = catalogue.resolve(options.data)
    try:
        start = RECIPES[options.recipe].config if options.recipe else RunConfig()
        return replace(
            start,
            data=data,
            network=resolve(options.network) if options.network else start.network,
            policy=policies.named(options.policy) if options.policy else start.policy,
            training=replace(start.training, **given),
        )
    except BadSetting:
        raise
    except LabError as error:  # whatever the arguments made impossible is bad usage
        raise BadSetting(str(error)) from error
