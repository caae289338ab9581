"""The ten shapes as signed distances, and the mark that clutter is made of.

Each function takes coordinates x (to the right) and y (upwards) of any common shape, in units in
which the shape has a radius of about 1, and gives the distance to its outline: negative inside.
Distances are exact near straight and round parts and good enough at corners to smooth the edges.
The heart follows Inigo Quilez, "2D distance functions" (iquilezles.org).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]  # float32, which numpy's own types forget here and there


def circle(x: Floats, y: Floats) -> Floats:
    return np.hypot(x, y) - 0.92


def ring(x: Floats, y: Floats) -> Floats:
    return np.abs(np.hypot(x, y) - 0.7) - 0.25


def crescent(x: Floats, y: Floats) -> Floats:
    moon = np.hypot(x + 0.15, y) - 1.0
    bite = np.hypot(x - 0.35, y) - 0.78
    left: Floats = np.maximum(moon, -bite)
    return left


def triangle(x: Floats, y: Floats) -> Floats:
    return _polygon(x, y + 0.15, 3, 0.58)


def square(x: Floats, y: Floats) -> Floats:
    return np.maximum(np.abs(x), np.abs(y)) - 0.8


def pentagon(x: Floats, y: Floats) -> Floats:
    return _polygon(x, y, 5, 0.8)


def star(x: Floats, y: Floats) -> Floats:
    """Five points; the plane is folded into a tenth, in which one straight edge is left."""
    tenth = math.pi / 5
    angle = np.arctan2(x, y)  # from the upward direction, in which a point lies
    folded = np.abs(angle - 2 * tenth * np.round(angle / (2 * tenth)))
    radius = np.hypot(x, y)
    along, across = radius * np.cos(folded), radius * np.sin(folded)
    outer, inner = 1.08, 0.48
    edge = (inner * math.cos(tenth) - outer, inner * math.sin(tenth))
    length = math.hypot(*edge)
    return ((along - outer) * edge[1] - across * edge[0]) / length


def cross(x: Floats, y: Floats) -> Floats:
    far, near = np.maximum(np.abs(x), np.abs(y)), np.minimum(np.abs(x), np.abs(y))
    return np.maximum(far - 0.95, near - 0.3)


def heart(x: Floats, y: Floats) -> Floats:
    x, y = np.abs(x) * 0.62, y * 0.62 + 0.58
    lobe = np.hypot(x - 0.25, y - 0.75) - math.sqrt(2) / 4
    low = np.maximum(x + y, 0) / 2
    point = np.minimum(np.hypot(x, y - 1), np.hypot(x - low, y - low)) * np.sign(x - y)
    return np.where(x + y > 1, lobe, point) / 0.62


def arrow(x: Floats, y: Floats) -> Floats:
    head = np.maximum((np.abs(y) * 2 + (x - 1) * 1.5) / 2.5, 0.05 - x)
    shaft = np.maximum(np.abs(y) - 0.27, np.abs(x + 0.4) - 0.6)
    whole: Floats = np.minimum(head, shaft)
    return whole


def mark(x: Floats, y: Floats, long: Floats, short: Floats, corner: Floats) -> Floats:
    """A rounded box of half lengths `long` and `short`; `corner` 1 is as round as can be."""
    radius = short * corner
    dx, dy = np.abs(x) - (long - radius), np.abs(y) - (short - radius)
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return outside + np.minimum(np.maximum(dx, dy), 0) - radius


def _polygon(x: Floats, y: Floats, corners: int, inner_radius: float) -> Floats:
    """A regular polygon with a corner at the top: the farthest of its edges decides."""
    turns = [math.tau * (edge + 0.5) / corners for edge in range(corners)]
    edges = [x * math.sin(turn) + y * math.cos(turn) for turn in turns]
    farthest: Floats = np.maximum.reduce(edges)
    return farthest - inner_radius


OUTLINES: dict[str, Callable[[Floats, Floats], Floats]] = {
    outline.__name__: outline
    for outline in (
        circle,
        ring,
        crescent,
        triangle,
        square,
        pentagon,
        star,
        cross,
        heart,
        arrow,
    )
}
