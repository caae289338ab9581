"""A run's settings as options of the command line; those that are given change a recipe's."""

import argparse
from dataclasses import fields, replace

from core import old_names
from core.augment import policies
from core.augment.engine.catalogue import ENGINES
from core.config.choices import (
    COMPILES,
    DEVICES,
    OPTIMIZERS,
    PRECISIONS,
    SCHEDULES,
)
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.data.sources import catalogue
from core.errors import BadSetting, LabError
from core.training.recipes import RECIPES

HELP = {
    "epochs": "passes over the training images",
    "batch_size": "images a step",
    "optimizer": f"one of {', '.join(OPTIMIZERS)}",
    "learning_rate": "the highest value of the schedule",
    "momentum": "of SGD, or the first beta of Adam",
    "weight_decay": "how strongly weights are pulled to zero",
    "schedule": f"one of {', '.join(SCHEDULES)}",
    "label_smoothing": "share of the label spread over all classes",
    "gradient_clip": "largest gradient norm, 0 for no limit",
    "seed": "of everything that is drawn",
    "device": f"one of {', '.join(DEVICES)}",
    "engine": f"of the augmentation: one of {', '.join(ENGINES)}",
    "workers": "processes of the albumentations engine",
    "precision": f"of the multiplications: one of {', '.join(PRECISIONS)}",
    "compile": f"the network: one of {', '.join(COMPILES)}",
    "ema_decay": "decay a step of the averaged weights, evaluated beside the others, 0 for none",
    "hold_out": "training images set aside and evaluated instead of the test images",
    "target_accuracy": "stop after the epoch that reaches this percentage, 0 for never",
    "bias_lr_scale": "learning rate of biases and normalization, as a multiple of the others'",
    "initial_image_size": "pixels a side of the images in the first epoch; 0 for full size",
    "replicas": "parts of a batch that copies of the network learn from at the same time, on a cpu",
}


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
    for entry in fields(TrainingConfig):
        parser.add_argument(
            f"--{entry.name.replace('_', '-')}",
            type=type(entry.default),
            default=argparse.SUPPRESS,  # so that what is given can be told from what is not
            help=f"{HELP[entry.name]} (default {entry.default})",
        )
    for old, name in old_names.TRAINING.items():
        parser.add_argument(
            f"--{old.replace('_', '-')}",
            dest=name,
            type=type(getattr(TrainingConfig, name)),
            default=argparse.SUPPRESS,
            help=argparse.SUPPRESS,
        )


def config(options: argparse.Namespace) -> RunConfig:
    """The run that was asked for; BadSetting for what the options make impossible."""
    from core.networks.building import resolve

    given = {
        entry.name: getattr(options, entry.name)
        for entry in fields(TrainingConfig)
        if hasattr(options, entry.name)
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
