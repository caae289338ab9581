"""What the lab knows of a network without building it. Imports no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Claims:
    """What the network's author printed about it; None where the document is silent."""

    parameters: int
    receptive_field: int | None = None  # pixels, of the last map before pooling
    accuracy: float | None = None  # best on the test images, percent
    train_accuracy: float | None = None  # best on the training images, percent
    epochs: int | None = None
    batch_size: int | None = None
    augmentations: tuple[str, ...] | None = None  # as named by the author; () is none at all


@dataclass(frozen=True)
class NetworkRecord:
    """A menu entry: a network of one of the documents or of our own, and how to build it."""

    name: str  # what the command line and a run's configuration say
    label: str  # what a menu says
    document: str  # the number of the document in the assignment's collection, "" for ours
    source: str  # where in the document, or whose ideas it is made of
    help: str  # one sentence
    claims: Claims | None  # None for ours: what they reach stands in a card in assets/weights
    build: Callable[[int], "nn.Module"]  # number of classes -> module; imports torch when called
    reconstruction: str = ""  # what was given and what was guessed, where layers are not printed
    notes: tuple[str, ...] = ()  # what the document leaves open, and what is assumed here

    @property
    def origin(self) -> str:
        """Where it is from, in words."""
        return f"Document {self.document}, {self.source}" if self.document else "The lab's own"
