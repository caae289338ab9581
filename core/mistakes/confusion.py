"""The confusion matrix, and the numbers that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.registry import Registry

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Scale:
    """A way to read the matrix. `help` says what a cell then means."""

    label: str
    help: str


SCALES: Registry[Scale] = Registry("scale")
SCALES.add(
    "counts", Scale("Counts", "How many images of the row's class were predicted as the column's.")
)
SCALES.add("true", Scale("% of row", "Of the images of the row's class, the fraction (recall)."))
SCALES.add(
    "predicted",
    Scale(
        "% of column", "Of the images predicted as the column's class, the fraction (precision)."
    ),
)


@dataclass(frozen=True)
class ClassScore:
    """How well one class is recognized; fractions are 0 to 1, None where they would be 0 of 0.

    `precision`: of the images predicted as this class, how many are of it; `recall`: of those of
    it, how many were predicted; `f1`: their harmonic mean. `images` is how many there are of the
    class, `predicted` how many were predicted as it, `correct` how many are both.
    """

    name: str
    images: int
    predicted: int
    correct: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Confusion:
    """`count` images of the class `true` were predicted as `predicted`, both class indices."""

    true: int
    predicted: int
    count: int


def confusion_counts(labels: ArrayLike, predicted: ArrayLike, classes: int) -> Counts:
    """How often each true class (row) was predicted as each (column), int64 (classes, classes).

    Raises:
        ValueError: the two differ in length or hold something else than 0 to classes - 1.
    """
    rows, columns = np.asarray(labels, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    if rows.shape != columns.shape or rows.ndim != 1:
        raise ValueError(f"labels {rows.shape} and predictions {columns.shape} must be (N,) both")
    for values in (rows, columns):
        if len(values) and not 0 <= values.min() <= values.max() < classes:
            raise ValueError(f"class indices must lie in 0 to {classes - 1}")
    return np.bincount(rows * classes + columns, minlength=classes**2).reshape(classes, classes)


def scaled(counts: Counts, scale: str) -> NDArray[np.float64]:
    """The matrix as `scale` (a name in SCALES) wants it: counts, or percent of a row or a column.

    A row or column without images is all zero.
    """
    SCALES[scale]
    values = counts.astype(np.float64)
    if scale == "counts":
        return values
    totals = values.sum(axis=1 if scale == "true" else 0, keepdims=True)
    shares: NDArray[np.float64] = 100 * values / np.maximum(totals, 1)
    return shares


def class_scores(counts: Counts, class_names: Sequence[str]) -> list[ClassScore]:
    """Precision, recall and F1 of every class, in the order of the classes."""
    return [
        ClassScore(
            name=name,
            images=int(counts[index].sum()),
            predicted=int(counts[:, index].sum()),
            correct=int(counts[index, index]),
            precision=_share(counts[index, index], counts[:, index].sum()),
            recall=_share(counts[index, index], counts[index].sum()),
            f1=_share(2 * counts[index, index], counts[index].sum() + counts[:, index].sum()),
        )
        for index, name in enumerate(class_names)
    ]


def top_confusions(counts: Counts, limit: int = 3) -> list[Confusion]:
    """The most frequent mistakes, at most `limit` of them and none that did not happen."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:limit]
    cells = [np.unravel_index(place, wrong.shape) for place in order]
    return [
        Confusion(int(row), int(column), int(wrong[row, column]))
        for row, column in cells
        if wrong[row, column]
    ]


def in_words(confusions: Sequence[Confusion], class_names: Sequence[str]) -> str:
    """`cat predicted as dog: 143, dog predicted as cat: 120`; empty where there are none."""
    return ", ".join(
        f"{class_names[each.true]} predicted as {class_names[each.predicted]}: {each.count:,}"
        for each in confusions
    )


def _share(part: np.int64, whole: np.int64) -> float | None:
    return float(part / whole) if whole else None
