"""Calibration against scikit-learn's curve, a loop, and a table filled in by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from core.mistakes.calibration import calibrate, in_words


def _drawn(seed: int, images: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    sure = generator.uniform(0.1, 1, images)
    return sure, generator.uniform(0, 1, images) < sure**2


def test_by_hand() -> None:
    sure = [0.55, 0.58, 0.95, 1.0, 0.91, 0.99]
    right = [True, False, True, True, False, True]
    made = calibrate(sure, right)
    assert made.images.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 4]
    assert made.accuracy[[5, 9]].tolist() == [0.5, 0.75]
    assert made.confidence[[5, 9]].tolist() == pytest.approx([0.565, 0.9625])
    assert made.error == pytest.approx((2 * 0.065 + 4 * 0.2125) / 6)
    assert made.worst == pytest.approx(0.2125)


def test_a_bin_holds_its_upper_edge_and_the_first_one_zero() -> None:
    made = calibrate([0.0, 0.25, 0.5, 0.75, 1.0], [True] * 5, bins=4)
    assert made.images.tolist() == [2, 1, 1, 1]


@pytest.mark.parametrize("bins", [5, 10, 15])
def test_the_diagram_is_that_of_scikit_learn(bins: int) -> None:
    sure, right = _drawn(bins, 3000)
    made = calibrate(sure, right, bins)
    accuracy, confidence = calibration_curve(right, sure, n_bins=bins)
    filled = made.images > 0
    np.testing.assert_allclose(made.accuracy[filled], accuracy)
    np.testing.assert_allclose(made.confidence[filled], confidence)


@given(seed=st.integers(0, 200), images=st.integers(1, 60))
def test_the_error_against_a_loop(seed: int, images: int) -> None:
    sure, right = _drawn(seed, images)
    total = 0.0
    for place in range(10):
        inside = [
            (s, r) for s, r in zip(sure, right, strict=True) if place / 10 < s <= (place + 1) / 10
        ]
        if inside:
            gap = sum(r for _, r in inside) / len(inside) - sum(s for s, _ in inside) / len(inside)
            total += abs(gap) * len(inside) / images
    assert calibrate(sure, right).error == pytest.approx(total, abs=1e-9)


def test_words_and_edges() -> None:
    assert in_words(calibrate([0.9] * 10, [True] * 9 + [False])).startswith("Well calibrated on")
    assert in_words(calibrate([0.9] * 2, [True, False])).startswith(
        "Overconfident: mean confidence"
    )
    assert in_words(calibrate([0.5] * 2, [True] * 2)).startswith("Underconfident")
    empty = calibrate([], [])
    assert empty.error == 0
    assert math.isnan(empty.accuracy[0])
    with pytest.raises(ValueError, match="both"):
        calibrate([0.5], [True, False])
