"""Which images of a test set to look at, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.mistakes.forgetting import TopPredictions
from core.predictions import Predictions
from core.registry import Registry

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Order:
    """A way to sort: images with the highest `key` come first.

    `key` takes answers and the indices (M,) of some images and gives (M,). `needs_all` is whether
    it needs the probabilities of all classes, which are not stored for every epoch.
    """

    label: str
    help: str
    key: Callable[[Predictions | TopPredictions, Indices], Floats]
    needs_all: bool = False


def loss(probabilities: Floats, labels: Indices) -> Floats:
    """Cross-entropy of each image, in nats."""
    chosen = probabilities[np.arange(len(labels)), labels]
    result: Floats = -np.log(np.maximum(chosen, 1e-38))
    return result


def margin(probabilities: Floats) -> Floats:
    """How far the most probable class is ahead of the second, 0 to 1."""
    two = np.partition(probabilities, -2, axis=1)[:, -2:]
    lead: Floats = two[:, 1] - two[:, 0]
    return lead


def _confidence(answers: Predictions | TopPredictions, found: Indices) -> Floats:
    sure: Floats = answers.confidence.numpy()[found].astype(np.float64)
    return sure


def _all(answers: Predictions | TopPredictions, found: Indices) -> Floats:
    if isinstance(answers, TopPredictions):
        raise LabError(
            f"Of epoch {answers.epoch} only predicted classes and confidences were stored; "
            "choose an order that needs no more, or the best or last epoch."
        )
    every: Floats = answers.probabilities.numpy()[found].astype(np.float64)
    return every


ORDERS: Registry[Order] = Registry("order")
ORDERS.add(
    "surest",
    Order("Most confident first", "By the probability of the predicted class.", _confidence),
)
ORDERS.add(
    "least_sure",
    Order(
        "Least confident first", "The same, from the other end.", lambda a, i: -_confidence(a, i)
    ),
)
ORDERS.add(
    "unsure",
    Order(
        "Smallest margin first",
        "The two most probable classes are nearly as probable.",
        lambda a, i: -margin(_all(a, i)),
        needs_all=True,
    ),
)
ORDERS.add(
    "loss",
    Order(
        "Highest loss first",
        "By the cross-entropy of the true class.",
        lambda a, i: loss(_all(a, i), a.labels.numpy()[i]),
        needs_all=True,
    ),
)
ORDERS.add(
    "index",
    Order("As in the data set", "By the index of the image.", lambda a, i: -i.astype(np.float64)),
)

OUTCOMES: Registry[str] = Registry("outcome")  # names and what they are called
OUTCOMES.add("wrong", "Wrong")
OUTCOMES.add("right", "Correct")
OUTCOMES.add("all", "All")


def select(
    given: Predictions | TopPredictions,
    *,
    outcome: str = "wrong",
    true: int | None = None,
    predicted: int | None = None,
    confidence: tuple[float, float] = (0.0, 1.0),
    order: str = "surest",
) -> Indices:
    """Data set indices, int64, of the images that fit, sorted; ties keep the data set's order.

    `outcome` is a name in OUTCOMES, `order` one in ORDERS; `true` and `predicted` are class
    indices; `confidence` is from and to, both included.

    Raises:
        LabError: a name is unknown, or the order needs what was not stored of this epoch.
    """
    OUTCOMES[outcome]
    key = ORDERS[order].key
    labels, top = given.labels.numpy(), given.predicted.numpy()
    fits = np.ones(len(labels), dtype=bool)
    if outcome != "all":
        fits = (top == labels) == (outcome == "right")
    if true is not None:
        fits &= labels == true
    if predicted is not None:
        fits &= top == predicted
    if confidence != (0.0, 1.0):
        sure = given.confidence.numpy()
        fits &= (sure >= confidence[0]) & (sure <= confidence[1])
    found = np.flatnonzero(fits)
    return found[np.argsort(-key(given, found), kind="stable")]
