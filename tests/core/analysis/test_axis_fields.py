"""The arithmetic of windows, by hand."""

from fractions import Fraction

import pytest

from core.analysis.receptive_field.propagation.axis_fields import (
    join,
    listed,
    pixels,
    union,
)
from core.analysis.receptive_field.propagation.windows import resizing_taps


def test_chain_of_convolutions_follows_the_printed_table_of_document_003():
    fields, found = pixels(32), []
    for size, kernel, stride, padding, dilation in [
        (32, 3, 1, 1, 1),
        (32, 3, 1, 1, 1),
        (16, 1, 2, 0, 1),
        (16, 3, 1, 1, 1),
        (16, 3, 1, 1, 1),
        (16, 1, 1, 0, 1),
        (8, 1, 2, 0, 1),
        (6, 3, 1, 1, 2),
        (6, 3, 1, 1, 1),
        (3, 1, 2, 0, 1),
        (3, 3, 1, 1, 1),
        (3, 3, 1, 1, 1),
        (3, 1, 1, 0, 1),
    ]:
        fields = fields.window(size, kernel, stride, padding, dilation)
        found.append((fields.jump, fields.field))
    assert found == [
        (1, 3), (1, 5), (2, 5), (2, 9), (2, 13), (2, 13), (4, 13), (4, 29), (4, 37), (8, 37),
        (8, 53), (8, 69), (8, 69),
    ]  # fmt: skip


def test_start_is_the_middle_of_the_first_window():
    assert pixels(32).window(32, 3, padding=1).start == 0
    assert pixels(32).window(30, 3).start == 1
    assert pixels(32).window(16, 2, 2).start == Fraction(1, 2)


def test_windows_reach_beyond_the_image_and_are_clipped_on_request():
    fields = pixels(8).window(8, 5, padding=2)
    assert fields.at(0) == (-2, 2)
    assert fields.clipped(0, 8) == (0, 2)


def test_nearest_upsampling_after_a_stride():
    fields = pixels(8).window(4, 1, 2).repeated(2)  # sees pixels 0 0 2 2 4 4 6 6
    assert fields.at_all() == ((0, 0), (0, 0), (2, 2), (2, 2), (4, 4), (4, 4), (6, 6), (6, 6))
    assert fields.jump == 1
    # Two neighbors see one or two of the strided pixels, by turns: the field is the larger.
    assert fields.window(7, 2).at_all()[:2] == ((0, 0), (0, 2))
    assert fields.window(7, 2).field == 3


def test_transposed_convolution_with_gaps():
    fields = pixels(4).transposed(7, stride=2, kernel=1, padding=0, dilation=1)
    assert fields.at_all() == ((0, 0), None, (1, 1), None, (2, 2), None, (3, 3))


def test_transposed_convolution_overlaps():
    fields = pixels(3).transposed(5, stride=2, kernel=3, padding=1, dilation=1)
    # out i takes k = i + 1 - 2 m: 0 from m 0; 1 from m 0 and 1; 2 from m 1; ...
    assert fields.at_all() == ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2))


def test_joins():
    small, large = pixels(8), pixels(8).window(8, 5, padding=2)
    assert join(small, large).at(4) == (2, 6)
    shifted = pixels(8).window(8, 1, padding=-3)
    assert join(small, shifted).at(0) == (0, 3)
    assert join(small, shifted).field == 4
    half = pixels(8).window(4, 2, 2)  # another jump: followed position by position
    joined = join(half, pixels(4))
    assert joined.at_all() == ((0, 1), (1, 3), (2, 5), (3, 7))
    assert joined.jump is None


def test_a_gate_over_the_whole_map_makes_every_position_see_it():
    whole = pixels(8).window(8, 3, padding=1).whole()
    assert whole.at(0) == (-1, 8)
    assert join(pixels(8), whole).field == 10


@pytest.mark.parametrize(
    ("size", "windows"), [(2, [(0, 2), (2, 4)]), (5, [(i, i) for i in range(5)])]
)
def test_adaptive_pooling(size, windows):
    assert list(pixels(5).pooled_to(size).at_all()) == windows


def test_bilinear_doubling_takes_two_neighbors():
    fields = pixels(4).resampled(
        8, Fraction(1, 2), resizing_taps(2, Fraction(1, 2), align_corners=False, antialias=False)
    )
    assert fields.at(3) == (1, 2)  # (3 + 0.5) / 2 - 0.5 = 1.25
    assert fields.jump == Fraction(1, 2)


def test_mirrored():
    assert pixels(4).reversed().at_all() == ((3, 3), (2, 2), (1, 1), (0, 0))


def test_nothing_seen():
    assert union([None, None]) is None
    assert listed([None]).field == 0
