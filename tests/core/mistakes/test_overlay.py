"""Heat as colors: ends, order and mixing by arithmetic."""

import numpy as np
import pytest

from core.mistakes.cam.overlay import (
    blocks,
    colors,
    gray,
    overlay,
)


def test_the_scale_grows_lighter_all_the_way() -> None:
    scale = colors(np.linspace(0, 1, 256, dtype=np.float32)).astype(float)
    lightness = scale[::5] @ [0.2126, 0.7152, 0.0722]  # in steps larger than 8 bits round
    assert (np.diff(lightness) > 0).all()
    assert scale[0].tolist() == [0, 0, 4]
    assert scale[-1].tolist() == [252, 255, 164]


@pytest.mark.parametrize(("opacity", "expected"), [(0.0, 100), (1.0, 252), (0.25, 138)])
def test_opacity_mixes(opacity: float, expected: int) -> None:
    images = np.full((1, 4, 4, 3), 100, dtype=np.uint8)
    mixed = overlay(images, np.ones((1, 4, 4), dtype=np.float32), opacity)
    assert mixed.dtype == np.uint8
    assert mixed[..., 0].max() == mixed[..., 0].min() == expected  # 100 and 252 mixed
    assert images.max() == 100


def test_gray_keeps_lightness_and_nothing_else() -> None:
    images = np.array([[[[255, 0, 0], [0, 255, 0], [0, 0, 255], [40, 40, 40]]]], dtype=np.uint8)
    assert gray(images)[0, 0].tolist() == [[76] * 3, [150] * 3, [29] * 3, [40] * 3]


def test_blocks_are_the_grid_and_nothing_between() -> None:
    grid = np.arange(16, dtype=np.float32).reshape(4, 4)
    large = blocks(grid, 32)
    assert np.array_equal(large, np.kron(grid, np.ones((8, 8))))
    odd = blocks(grid[:3, :3], 32)
    assert odd.shape == (32, 32)
    assert set(odd.ravel()) == set(grid[:3, :3].ravel())
