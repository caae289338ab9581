"""Which input pixels a position of a map can see, along one direction. No torch.

`AxisFields` gives, for every position of a map along its height (or width), the first and the
last input row (or column) that can change it. The usual arithmetic (Dumoulin and Visin,
"A guide to convolution arithmetic", 2016; Araujo, Norris and Sim, "Computing receptive fields of
convolutional neural networks", Distill 2019) keeps three numbers, size, jump and start. They
suffice as long as every position sees a window of the same size, one jump further on. Upsampling,
transposed convolutions and joins of unequal branches break that, so we keep the windows of one
`period` of positions and how many pixels the next period is further on. A plain convolutional
network has period 1, and the three numbers fall out. Where even that ends (a gate that was pooled
over the whole image, an adaptive pooling with uneven windows), every position's window is listed.

Windows may reach beyond the image: padding counts, as is usual (69 on an image of 32 pixels).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, lcm

Window = tuple[int, int]  # first and last pixel, both included


@dataclass(frozen=True)
class AxisFields:
    """The windows of `size` positions.

    With `regular`, `windows` holds one period, and position i + len(windows) sees what i sees,
    `step` pixels further on; positions outside the map continue the pattern. Otherwise `windows`
    lists all positions, and those outside see nothing. None is a position that sees nothing.
    """

    size: int
    windows: tuple[Window | None, ...]
    step: int = 1
    regular: bool = True

    def at(self, position: int) -> Window | None:
        """The window of a position, which may lie outside the map."""
        if not self.regular:
            return self.windows[position] if 0 <= position < self.size else None
        turns, place = divmod(position, len(self.windows))
        window = self.windows[place]
        shift = turns * self.step
        return None if window is None else (window[0] + shift, window[1] + shift)

    def at_all(self) -> tuple[Window | None, ...]:
        return tuple(self.at(i) for i in range(self.size))

    @property
    def field(self) -> int:
        """The receptive field in pixels: the largest window of any position."""
        seen = self.windows[: self.size] if self.regular else self.windows
        return max((high - low + 1 for low, high in filter(None, seen)), default=0)

    @property
    def jump(self) -> Fraction | None:
        """Pixels between the windows of neighbors; None where that is not one number."""
        if self.regular:
            return abs(Fraction(self.step, len(self.windows)))
        return None

    @property
    def start(self) -> Fraction | None:
        """The middle of the first position's window, in pixels; pixel 0 has its middle at 0."""
        window = self.at(0)
        return None if window is None else Fraction(window[0] + window[1], 2)

    def clipped(self, position: int, pixels: int) -> Window | None:
        """The part of a position's window that lies on an image of so many pixels."""
        window = self.at(position)
        if window is None or window[1] < 0 or window[0] >= pixels:
            return None
        return max(window[0], 0), min(window[1], pixels - 1)

    def window(
        self, size: int, kernel: int = 1, stride: int = 1, padding: int = 0, dilation: int = 1
    ) -> "AxisFields":
        """After a convolution or pooling that makes `size` positions of this map."""
        taps = range(-padding, -padding + kernel * dilation, dilation)
        return self._resampled(
            size,
            lambda i: union(self.at(i * stride + tap) for tap in taps),
            positions=len(self.windows) // gcd(len(self.windows), stride),
            source=stride,
        )

    def transposed(
        self, size: int, stride: int, kernel: int, padding: int, dilation: int
    ) -> "AxisFields":
        """After a transposed convolution: m goes to m * stride - padding + k * dilation."""

        def window(i: int) -> Window | None:
            reached = (i + padding - k * dilation for k in range(kernel))
            return union(self.at(m // stride) for m in reached if m % stride == 0)

        return self._resampled(size, window, positions=len(self.windows) * stride, source=None)

    def repeated(self, factor: int) -> "AxisFields":
        """Every position `factor` times: upsampling to the nearest, or a pixel shuffle."""
        return self._resampled(
            self.size * factor,
            lambda i: self.at(i // factor),
            positions=len(self.windows) * factor,
            source=None,
        )

    def interpolated(self, size: int, taps: int, *, align_corners: bool) -> "AxisFields":
        """After linear (2 taps) or cubic (4 taps) interpolation to `size` positions."""
        whole_factor = size % self.size == 0 and not align_corners
        scale = (
            Fraction(self.size - 1, max(size - 1, 1))
            if align_corners
            else Fraction(self.size, size)
        )

        def window(i: int) -> Window | None:
            middle = i * scale if align_corners else (i + Fraction(1, 2)) * scale - Fraction(1, 2)
            if middle.denominator == 1:
                return self.at(int(middle))
            first = floor(middle) - (taps // 2 - 1)
            return union(self.at(first + k) for k in range(taps))

        if whole_factor:
            positions = len(self.windows) * (size // self.size)
            return self._resampled(size, window, positions=positions, source=None)
        return listed(window(i) for i in range(size))

    def pooled_to(self, size: int) -> "AxisFields":
        """After adaptive pooling, whose windows are as even as they can be."""
        if self.size % size == 0:
            kernel = self.size // size
            return self.window(size, kernel, kernel)

        def window(i: int) -> Window | None:
            first, end = floor(i * self.size / size), ceil((i + 1) * self.size / size)
            return union(self.at(k) for k in range(first, end))

        return listed(window(i) for i in range(size))

    def whole(self) -> "AxisFields":
        """One position that sees what all of the map sees."""
        return self.window(1, kernel=self.size, stride=self.size)

    def reversed(self) -> "AxisFields":
        if not self.regular:
            return listed(reversed(self.windows))
        windows = tuple(self.at(self.size - 1 - i) for i in range(len(self.windows)))
        return AxisFields(self.size, windows, -self.step)

    def broadcast(self, size: int) -> "AxisFields":
        """One position's window for every position of a larger map."""
        return self if self.size == size else listed([self.at(0)] * size)

    def _resampled(
        self,
        size: int,
        window: "Callable[[int], Window | None]",
        *,
        positions: int,
        source: int | None,
    ) -> "AxisFields":
        """Evaluate `window`; where this fields is regular, only for one period of `positions`.

        `source` is how many positions of this map one new position goes on (None: the new period
        spans exactly one old one).
        """
        if not self.regular:
            return listed(window(i) for i in range(size))
        turns = 1 if source is None else positions * source // len(self.windows)
        return AxisFields(size, tuple(window(i) for i in range(positions)), self.step * turns)


def pixels(size: int) -> AxisFields:
    """The image itself: every pixel sees itself."""
    return AxisFields(size, ((0, 0),))


def listed(windows: Iterable[Window | None]) -> AxisFields:
    """A fields without a pattern."""
    found = tuple(windows)
    return AxisFields(len(found), found, regular=False)


def union(windows: Iterable[Window | None]) -> Window | None:
    """The smallest window that holds all of them."""
    found = [window for window in windows if window is not None]
    return (min(w[0] for w in found), max(w[1] for w in found)) if found else None


def join(first: AxisFields, second: AxisFields) -> AxisFields:
    """What a sum or a concatenation sees: for every position the union of the two windows."""
    if first == second:
        return first
    size = max(first.size, second.size)
    first, second = first.broadcast(size), second.broadcast(size)
    period = lcm(len(first.windows), len(second.windows))
    step = first.step * period // len(first.windows)
    alike = step == second.step * period // len(second.windows)
    if first.regular and second.regular and alike:
        windows = tuple(union((first.at(i), second.at(i))) for i in range(period))
        return AxisFields(size, windows, step)
    return listed(union((first.at(i), second.at(i))) for i in range(size))
