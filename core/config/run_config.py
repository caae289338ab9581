"""`RunConfig`: everything that describes a training run, frozen and refused when it makes no sense.

It is what a page's controls make, what a URL carries, what a run folder stores, what the command
line takes and what a report prints.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from core import old_names
from core.augment import policies
from core.augment.policy import Policy
from core.config.training_config import TrainingConfig
from core.data.sources import catalogue
from core.errors import BadSetting, quoted

__all__ = ["NetworkConfig", "RunConfig", "TrainingConfig"]

_MAX_TEXT = 4096  # characters, as of a path
_MAX_NUMBER = 2**53  # beyond it, not every reader of JSON keeps a whole number
_MAX_DEPTH = 8  # of tables and lists within a layer


@dataclass(frozen=True)
class NetworkConfig:
    """Which network, by name; `layers` holds those of an edited one, so that a run is whole."""

    name: str = "modular_97k"  # registered, saved from the editor, or path/to/model.py:ClassName
    layers: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not _is_text(self.name):
            raise BadSetting(
                f"The network's name is {quoted(self.name)}; it must be a name: pick one."
            )
        if not isinstance(self.layers, list | tuple) or not all(
            isinstance(layer, Mapping) and _is_plain(layer) for layer in self.layers
        ):
            raise BadSetting(
                f"The network's layers are {quoted(self.layers)}; give a list of tables of names "
                "and values, or none for a network that is known by its name."
            )
        object.__setattr__(self, "layers", tuple(self.layers))


@dataclass(frozen=True)
class RunConfig:
    """One training run, whole."""

    data: str = catalogue.READY  # a name in DATA_SETS or the path of a folder of images
    network: NetworkConfig = field(default_factory=NetworkConfig)
    policy: Policy = field(default_factory=lambda: policies.named("assignment"))
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        if not _is_text(self.data):
            raise BadSetting(f"The data is {quoted(self.data)}; name {catalogue.NAMED}.")

    def to_dict(self) -> dict[str, Any]:
        """Plain types only: what JSON can hold."""
        return {
            "data": self.data,
            "network": {
                "name": self.network.name,
                "layers": [dict(x) for x in self.network.layers],
            },
            "policy": self.policy.to_dict(),
            "training": asdict(self.training),
        }

    def differences(self, other: "RunConfig") -> list[str]:
        """Labels of that in which the two differ; their data does not count."""
        changed = ["Network"] if self.network != other.network else []
        changed += ["Augmentation"] if self.policy != other.policy else []
        return changed + self.training.differences(other.training)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "RunConfig":
        """The inverse of `to_dict`; raises BadSetting for an unknown field or a value refused."""
        _known("a run's settings", plain, cls)
        network = plain.get("network", {})
        training = plain.get("training", {})
        if isinstance(training, Mapping):
            training = old_names.renamed(training, old_names.TRAINING)
        _known("the network's settings", network, NetworkConfig)
        _known("the training's settings", training, TrainingConfig)
        made: dict[str, Any] = {
            "network": NetworkConfig(**network),
            "training": TrainingConfig(**training),
        }
        if "data" in plain:
            made["data"] = plain["data"]
        if "policy" in plain:
            made["policy"] = Policy.from_dict(plain["policy"])
        return cls(**made)


def _known(what: str, plain: object, cls: type) -> None:
    if not isinstance(plain, Mapping):
        raise BadSetting(
            f"{what.capitalize()} must be a table of names and values, not {quoted(plain)}."
        )
    names = [entry.name for entry in fields(cls)]
    for name in plain:
        if name not in names:
            raise BadSetting(
                f"There is no {quoted(name)} in {what}; allowed are {', '.join(names)}."
            )


def _is_text(value: object) -> bool:
    """Whether it can be a name or a path: something to read, no longer than a path, in UTF-8."""
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT or "\0" in value:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _is_plain(value: object, depth: int = 0) -> bool:
    """Whether JSON holds it as it is: of bounded size, without infinities."""
    if isinstance(value, str):
        return value == "" or _is_text(value)
    if isinstance(value, int | float):
        return -_MAX_NUMBER <= value <= _MAX_NUMBER
    if depth == _MAX_DEPTH:
        return value is None
    if isinstance(value, Mapping):
        return all(_is_text(name) and _is_plain(each, depth + 1) for name, each in value.items())
    if isinstance(value, list | tuple):
        return all(_is_plain(each, depth + 1) for each in value)
    return value is None
