"""Which images of a test set to look at, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.mistakes.predictions import Predictions
from core.registry import Registry

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Order:
    """A way to sort: images with the highest `key` come first.

    `key` takes probabilities (N, classes) and labels (N,) and gives (N,).
    """

    label: str
    help: str
    key: Callable[[Floats, Indices], Floats]


def loss(probabilities: Floats, labels: Indices) -> Floats:
    """Cross-entropy of each image, in nats."""
    chosen = probabilities[np.arange(len(labels)), labels]
    result: Floats = -np.log(np.maximum(chosen, 1e-38))
    return result


def margin(probabilities: Floats) -> Floats:
    """How far the first answer is ahead of the second, 0 to 1."""
    two = np.partition(probabilities, -2, axis=1)[:, -2:]
    lead: Floats = two[:, 1] - two[:, 0]
    return lead


ORDERS: Registry[Order] = Registry("order")
ORDERS.add(
    "surest", Order("Surest first", "By the probability of the answer.", lambda p, y: p.max(axis=1))
)
ORDERS.add(
    "unsure",
    Order(
        "Most torn first", "The first two answers are nearly as likely.", lambda p, y: -margin(p)
    ),
)
ORDERS.add("loss", Order("Highest loss first", "By the cross-entropy of the true class.", loss))
ORDERS.add(
    "index",
    Order(
        "As in the data set",
        "By the number of the image.",
        lambda p, y: -np.arange(len(y), dtype=np.float64),
    ),
)

ANSWERS: Registry[str] = Registry("kind of answer")  # names and what they are called
ANSWERS.add("wrong", "Wrong")
ANSWERS.add("right", "Right")
ANSWERS.add("all", "All")


def select(
    predictions: Predictions,
    *,
    answers: str = "wrong",
    true: int | None = None,
    predicted: int | None = None,
    order: str = "surest",
) -> Indices:
    """Data set indices, int64, of the images that fit, sorted; ties keep the data set's order.

    `answers` is a name in ANSWERS, `order` one in ORDERS; `true` and `predicted` are class indices.
    """
    ANSWERS[answers]
    key = ORDERS[order].key
    probabilities = predictions.probabilities.numpy()
    labels = predictions.labels.numpy()
    said = probabilities.argmax(axis=1)
    fits = np.ones(len(labels), dtype=bool)
    if answers != "all":
        fits = (said == labels) == (answers == "right")
    if true is not None:
        fits &= labels == true
    if predicted is not None:
        fits &= said == predicted
    found = np.flatnonzero(fits)
    values = key(probabilities[found].astype(np.float64), labels[found])
    return found[np.argsort(-values, kind="stable")]
