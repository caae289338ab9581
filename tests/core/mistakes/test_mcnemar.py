"""McNemar's test by hand: binomial coefficients, no library."""

from math import comb

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LabError
from core.mistakes.forgetting import TopPredictions
from core.mistakes.mcnemar import (
    PARTS,
    Comparison,
    compare,
    in_words,
)

NAMES = ("a", "b", "c")


def _answers(
    predicted: list[int], labels: list[int], names: tuple[str, ...] = NAMES
) -> TopPredictions:
    said = torch.tensor(predicted)
    return TopPredictions(said, torch.ones(len(said)), torch.tensor(labels), names, "shapes", 1)


def _counts(only_a: int, only_b: int, neither: int = 3, both: int = 90) -> Comparison:
    sizes = {"only_a": only_a, "only_b": only_b, "neither": neither, "both": both}
    return Comparison({name: np.arange(size) for name, size in sizes.items()})


def _by_hand(a: int, b: int) -> float:
    n = a + b
    tail = sum(comb(n, k) for k in range(min(a, b) + 1)) / 2**n
    return min(2 * tail, 1.0)


def test_who_is_right() -> None:
    made = compare(
        _answers([0, 1, 2, 0, 1], [0, 1, 1, 1, 1]), _answers([0, 2, 1, 0, 1], [0, 1, 1, 1, 1])
    )
    assert {name: made.parts[name].tolist() for name in PARTS.names()} == {
        "only_a": [1],
        "only_b": [2],
        "neither": [3],
        "both": [0, 4],
    }
    assert made.images == 5


@given(a=st.integers(0, 60), b=st.integers(0, 60))
def test_the_p_value_is_the_binomial_tail_twice(a: int, b: int) -> None:
    assert _counts(a, b).p_value == pytest.approx(_by_hand(a, b), rel=1e-9)


def test_many_images() -> None:
    assert _counts(600, 500).p_value == pytest.approx(_by_hand(600, 500), rel=1e-6)


def test_words() -> None:
    assert in_words(_counts(0, 0)) == "They are correct on the very same images."
    assert in_words(_counts(4, 4)) == "Neither is better: each alone is correct on 4 images."
    few = in_words(_counts(6, 4))  # p = 0.7539
    assert "A is correct on 2 more of the 103 images" in few
    assert "75 times in 100 test sets (p = 0.75): these images cannot tell" in few
    many = in_words(_counts(4, 60))
    assert "less than once in 1,000 test sets (p < 0.001): B is better" in many
    assert _by_hand(1, 11) == pytest.approx(0.006348, rel=1e-3)
    assert "some 6 times in 1,000 test sets (p = 0.0063): B is" in in_words(_counts(1, 11))


def test_what_cannot_be_compared() -> None:
    a = _answers([0, 1], [0, 1])
    with pytest.raises(LabError, match="choose two runs on the same images"):
        compare(a, _answers([0, 1], [0, 1], ("x", "y", "z")))
    with pytest.raises(LabError, match="tested on 2 images and B on 3 others"):
        compare(a, _answers([0, 1, 1], [0, 1, 1]))
