"""McNemar's test: two networks on the same test images, and whether they differ by chance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import LabError
from core.mistakes.forgetting import TopPredictions
from core.predictions import Predictions
from core.registry import Registry

Indices = NDArray[np.int64]

PARTS: Registry[str] = Registry("part")  # names and what they are called
PARTS.add("only_a", "Only A correct")
PARTS.add("only_b", "Only B correct")
PARTS.add("neither", "Both wrong")
PARTS.add("both", "Both correct")


@dataclass(frozen=True, eq=False)
class Comparison:
    """`parts`: by a name in PARTS, the data set indices (M,), int64; each image is in one."""

    parts: dict[str, Indices]

    def count(self, part: str) -> int:
        return len(self.parts[part])

    @property
    def images(self) -> int:
        return sum(map(len, self.parts.values()))

    @property
    def p_value(self) -> float:
        """McNemar's test, exact and two-sided: were A and B equally good, how often by chance
        would the images that one alone gets right be shared out so unevenly or worse?

        McNemar 1947, Psychometrika 12; the binomial is exact for few images and for many, so there
        is no need of the chi-squared approximation. Dietterich 1998, Neural Computation 10, on why
        this test for two classifiers on one test set.
        """
        from scipy.stats import binomtest

        alone = self.count("only_a"), self.count("only_b")
        return float(binomtest(alone[0], sum(alone), 0.5).pvalue) if sum(alone) else 1.0


def compare(a: Predictions | TopPredictions, b: Predictions | TopPredictions) -> Comparison:
    """Sorts the images by which of the two predicts them correctly.

    Raises:
        LabError: the two are not about the same classes and images.
    """
    if a.class_names != b.class_names:
        raise LabError(
            f"A knows the classes {', '.join(a.class_names)} and B {', '.join(b.class_names)}; "
            "choose two runs on the same images."
        )
    labels = a.labels.numpy()
    if not np.array_equal(labels, b.labels.numpy()):
        raise LabError(
            f"A was tested on {len(a.labels):,} images and B on {len(b.labels):,} others; choose "
            "two runs on the same images."
        )
    right_a, right_b = a.predicted.numpy() == labels, b.predicted.numpy() == labels
    return Comparison(
        {
            "only_a": np.flatnonzero(right_a & ~right_b),
            "only_b": np.flatnonzero(~right_a & right_b),
            "neither": np.flatnonzero(~right_a & ~right_b),
            "both": np.flatnonzero(right_a & right_b),
        }
    )


def in_words(made: Comparison) -> str:
    """Which is better and how far chance would explain it."""
    a, b, p = made.count("only_a"), made.count("only_b"), made.p_value
    if a == b:
        return (
            f"Neither is better: each alone is correct on {a:,} images."
            if a
            else "They are correct on the very same images."
        )
    better = "A" if a > b else "B"
    lead = f"{better} is correct on {abs(a - b):,} more of the {made.images:,} images"
    chance = f"Two equally good networks would differ this much by chance {_how_often(p)} ({_p(p)})"
    if p < 0.05:
        return f"{lead}. {chance}: {better} is better on images like these."
    return f"{lead}. {chance}: these images cannot tell which is better."


def _how_often(p: float) -> str:
    if p < 0.001:
        return "less than once in 1,000 test sets"
    if p < 0.01:
        return f"some {1000 * p:.0f} times in 1,000 test sets"
    return f"some {100 * p:.0f} times in 100 test sets"


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
