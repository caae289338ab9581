"""Mean and standard deviation against arithmetic and against numpy in double precision."""

import numpy as np
import pytest
import torch

from core.data.statistics import class_counts, mean_and_std


def test_two_values_by_hand() -> None:
    images = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    images[1, 0] = 255  # red: half 0, half 1 -> mean 1/2, deviation 1/2
    images[:, 1] = 51  # green: always 0.2 -> deviation 0
    images[0, 2, :16] = 255  # blue: a quarter 1 -> mean 1/4, deviation sqrt(3)/4
    mean, std = mean_and_std(images)
    assert mean == pytest.approx((0.5, 0.2, 0.25), abs=1e-12)
    assert std == pytest.approx((0.5, 0.0, 3**0.5 / 4), abs=1e-7)


def test_agrees_with_numpy_over_several_blocks() -> None:
    images = np.random.default_rng(1).integers(0, 256, (5000, 3, 8, 8), dtype=np.uint8)
    images[:, 2] //= 7
    mean, std = mean_and_std(torch.from_numpy(images))
    scaled = images.astype(np.float64) / 255
    np.testing.assert_allclose(mean, scaled.mean(axis=(0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(std, scaled.std(axis=(0, 2, 3)), rtol=1e-9)


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(0, 3, 32, 32, dtype=torch.uint8),
        torch.zeros(4, 3, 32, 32),
        torch.zeros(4, 32, 32, 3, dtype=torch.uint8),
    ],
)
def test_refuses_what_is_not_a_stack_of_images(images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        mean_and_std(images)


def test_counts_classes_that_do_not_occur() -> None:
    assert class_counts(torch.tensor([2, 0, 2]), 4) == (1, 0, 2, 0)
