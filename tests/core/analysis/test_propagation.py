"""Propagation against the probe, on networks drawn at random: two methods, one answer."""

import torch
from hypothesis import HealthCheck, given, settings

from core.analysis.receptive_field.gradient_probe import Point, Probe
from core.analysis.receptive_field.propagation.layout import HEIGHT, WIDTH
from tests.core.analysis.random_networks import Planned, plans

BOTH = {HEIGHT, WIDTH}
SIZE = (72, 64)
MARGIN = 6  # pixels; nearer to the edge, padding inside the network may hide what would be seen
DRAWN = 900
WANTED = 500  # networks whose last map lies well inside the image, where both must be equal


def test_propagation_equals_probe():
    equal = 0

    @settings(
        max_examples=DRAWN,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(plans)
    def compare(plan):
        nonlocal equal
        with torch.device("meta"):
            network = Planned(plan)
        probe = Probe(network)
        trace = probe.trace(SIZE)
        assert trace.error is None
        assert trace.notes == []
        wraps = any(word in str(plan) for word in ("roll", "wrapped_pad"))
        maps = [n.index for n in trace.nodes if n.geometry.axes == BOTH and len(n.out_shape) == 4]
        chosen = sorted({maps[len(maps) // 2], maps[-1]})
        for point in probe.points(chosen, SIZE):
            if not wraps:
                assert_contained(point)
            if well_inside(point):
                assert point.probed == point.propagated, (trace.nodes[point.node], point)
                equal += point.node == maps[-1]

    compare()
    assert equal >= WANTED


def well_inside(point: Point) -> bool:
    """Whether all that the position can see lies on the image, away from its edges."""
    windows = zip(point.propagated, point.field, SIZE, strict=True)
    return all(
        window is not None
        and window[1] - window[0] + 1 == field
        and window[0] >= MARGIN
        and window[1] < side - MARGIN
        for window, field, side in windows
    )


def assert_contained(point: Point) -> None:
    """Nothing is ever seen outside the propagated window."""
    for probed, propagated in zip(point.probed, point.propagated, strict=True):
        if probed is not None:
            assert propagated is not None
            assert propagated[0] <= probed[0] <= probed[1] <= propagated[1]
