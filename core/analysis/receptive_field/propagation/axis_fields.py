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

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, lcm

Window = tuple[int, int]  # first and last pixel, both included
MAX_PERIOD = 512  # positions; what repeats more slowly is listed


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
        return self.resampled(size, Fraction(stride), lambda i: [i * stride + tap for tap in taps])

    def transposed(
        self, size: int, stride: int, kernel: int, padding: int, dilation: int
    ) -> "AxisFields":
        """After a transposed convolution: m goes to m * stride - padding + k * dilation."""

        def taps(i: int) -> list[int]:
            reached = (i + padding - k * dilation for k in range(kernel))
            return [m // stride for m in reached if m % stride == 0]

        return self.resampled(size, Fraction(1, stride), taps)

    def repeated(self, factor: int) -> "AxisFields":
        """Every position `factor` times: upsampling to the nearest, or a pixel shuffle."""
        return self.resampled(self.size * factor, Fraction(1, factor), lambda i: [i // factor])

    def pooled_to(self, size: int) -> "AxisFields":
        """After adaptive pooling, whose windows are as even as they can be."""
        scale = Fraction(self.size, size)
        return self.resampled(size, scale, lambda i: range(floor(i * scale), ceil((i + 1) * scale)))

    def shifted(self, shift: int) -> "AxisFields":
        """After torch.roll. What is rolled in at an end counts as lying beyond the image."""
        if self.regular:
            return self.window(self.size, padding=shift)
        return listed(self.windows[(i - shift) % self.size] for i in range(self.size))

    def whole(self) -> "AxisFields":
        """One position that sees what all of the map sees; there is nothing beside it."""
        return self if self.size == 1 else listed([union(self.at_all())])

    def reversed(self) -> "AxisFields":
        if not self.regular:
            return listed(reversed(self.windows))
        windows = tuple(self.at(self.size - 1 - i) for i in range(len(self.windows)))
        return AxisFields(self.size, windows, -self.step)

    def resampled(
        self, size: int, scale: Fraction, taps: "Callable[[int], Iterable[int]]"
    ) -> "AxisFields":
        """`size` positions, of which number i sees what the positions `taps(i)` of this map see.

        `scale` is how many positions of this map lie between neighbors of the new one: taps(i + its
        denominator) must be those of i, further on by its numerator. So a regular map stays one.
        """
        period = len(self.windows)
        positions = scale.denominator * (period // gcd(period, scale.numerator))
        if not self.regular or positions > MAX_PERIOD:
            return listed(union(self.at(tap) for tap in taps(i)) for i in range(size))
        windows = tuple(union(self.at(tap) for tap in taps(i)) for i in range(positions))
        return AxisFields(size, windows, self.step * int(positions * scale / period))


def pixels(size: int) -> AxisFields:
    """The image itself: every pixel sees itself."""
    return AxisFields(size, ((0, 0),))


def listed(windows: Iterable[Window | None]) -> AxisFields:
    """Positions without a pattern."""
    found = tuple(windows)
    return AxisFields(len(found), found, regular=False)


def union(windows: Iterable[Window | None]) -> Window | None:
    """The smallest window that holds all of them."""
    found = [window for window in windows if window is not None]
    return (min(w[0] for w in found), max(w[1] for w in found)) if found else None


def join(first: AxisFields, second: AxisFields) -> AxisFields:
    """What a sum or a concatenation sees: for every position the union of the two windows.

    Both have as many positions.
    """
    if first == second:
        return first
    size = first.size
    period = lcm(len(first.windows), len(second.windows))
    step = first.step * period // len(first.windows)
    alike = step == second.step * period // len(second.windows) and period <= MAX_PERIOD
    if first.regular and second.regular and alike:
        windows = tuple(union((first.at(i), second.at(i))) for i in range(period))
        return AxisFields(size, windows, step)
    return listed(union((first.at(i), second.at(i))) for i in range(size))


def fitted(windows: Sequence[Window | None]) -> AxisFields:
    """A regular map where the windows follow a pattern, up to a quarter of them at either end.

    What deviates at an end without being longer (padding, a copy of the other end, a mirrored end)
    counts as lying beyond the image, as padding does.
    """
    size = len(windows)
    for period in (1, 2, 3, 4, 8):
        first, end = _pattern(windows, period)
        step = end - first >= 2 * period + 2 and _shift(windows[first], windows[first + period])
        if not step or max(first, size - end) > size // 4:
            continue
        start = windows[first : first + period]
        longest = max((w[1] - w[0] for w in start if w), default=-1)
        if all(w is None or w[1] - w[0] <= longest for w in windows):
            fields = AxisFields(size, tuple(start), step)
            return AxisFields(size, tuple(fields.at(i - first) for i in range(period)), step)
    return listed(windows)


def _pattern(windows: Sequence[Window | None], period: int) -> tuple[int, int]:
    """The run of positions round the middle whose windows go on evenly every `period`."""
    middle = (len(windows) - period) // 2
    if middle < 0 or middle + period >= len(windows):
        return 0, 0
    step = _shift(windows[middle], windows[middle + period])
    follows = [
        step is not None and _shift(windows[i], windows[i + period]) == step
        for i in range(len(windows) - period)
    ]
    first, last = middle, middle
    while first > 0 and follows[first - 1]:
        first -= 1
    while last < len(follows) and follows[last]:
        last += 1
    return first, last + period


def _shift(first: Window | None, second: Window | None) -> int | None:
    """How much further on the second window is, if it is as long."""
    if first is None or second is None or second[1] - first[1] != second[0] - first[0]:
        return None
    return second[0] - first[0]
