"""Charts of networks: equal curves are both seen, squares are drawn to scale."""

import numpy as np

from core.analysis.inspect import of_config
from core.analysis.summary.field_steps import field_steps
from core.config.run_config import NetworkConfig
from lab.charts.network import field_by_depth
from lab.charts.receptive_field import nested_squares

MODULAR, PADDED = (of_config(NetworkConfig(name)) for name in ("modular_97k", "padded_97k"))


def test_of_two_equal_curves_the_lower_is_wider_and_the_upper_is_dashed() -> None:
    lower, upper = field_by_depth([PADDED, MODULAR], 44).data
    assert list(lower.y) == list(upper.y)
    assert lower.line.width > 2 * upper.line.width
    assert lower.line.dash is None
    assert upper.line.dash
    assert upper.opacity == 1 > lower.opacity


def test_one_curve_alone_is_solid() -> None:
    (only,) = field_by_depth([MODULAR], 44).data
    assert only.opacity == 1
    assert only.line.dash is None


def test_squares_are_drawn_to_scale_over_the_image() -> None:
    steps = field_steps(MODULAR)
    image = np.zeros((32, 32, 3), dtype=np.uint8)
    for current, step in enumerate(steps):
        figure = nested_squares(steps, current, image, 44)
        squares = [(s.x0, s.x1, s.y0, s.y1) for s in figure.layout.shapes]
        assert squares[0] == (-0.5, 31.5, -0.5, 31.5)
        assert squares[1] == (-6.5, 37.5, -6.5, 37.5)  # 44 around the middle
        x0, x1, y0, y1 = squares[-1]
        assert (y1 - y0, x1 - x0) == step.field
        low, high = figure.layout.xaxis.range
        assert low < min(x0, -0.5)
        assert high > max(x1, 31.5)
        assert figure.layout.yaxis.scaleanchor == "x"
