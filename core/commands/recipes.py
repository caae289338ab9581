"""`python -m core recipes`: the runs that have a name."""

import argparse
import json
from textwrap import fill

from core.augment import policies
from core.training.recipes import RECIPES, Recipe


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `recipes`."""
    listing = commands.add_parser(
        "recipes",
        help="whole runs that have a name: ours, and the documents'",
        description="List the recipes, each a network with a policy and all settings of training.",
    )
    listing.add_argument("--json", action="store_true", help="print JSON and nothing else")
    listing.set_defaults(run=_recipes)


def _recipes(options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps([_plain(name, recipe) for name, recipe in RECIPES.items()], indent=1))
        return 0
    for name, recipe in RECIPES.items():
        training = recipe.config.training
        print(
            f"{name:18}{recipe.label}: {recipe.config.network.name}, {_epochs(training.epochs)}, "
            f"batches of {training.batch_size}, {training.optimizer}, {training.schedule}"
        )
        print(fill(recipe.help, 96, initial_indent=" " * 18, subsequent_indent=" " * 18))
    return 0


def _epochs(number: int) -> str:
    return f"{number} epoch" if number == 1 else f"{number} epochs"


def _plain(name: str, recipe: Recipe) -> dict[str, object]:
    """A recipe as JSON: what it is called, what it says, and its settings without the data."""
    config = recipe.config.to_dict()
    del config["data"]  # a recipe's is not looked at
    return {
        "name": name,
        "label": recipe.label,
        "document": recipe.document,
        "help": recipe.help,
        "policy_name": policies.name_of(recipe.config.policy),
        **config,
    }
