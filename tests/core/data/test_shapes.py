"""The drawn shapes: reproducible, balanced, told apart by their outline and by little else."""

import numpy as np
import pytest
import torch

from core import paths
from core.data import shape_drawing
from core.data.image_set import ImageSet
from core.data.shape_outlines import OUTLINES
from core.data.sources import catalogue, shapes


@pytest.fixture(scope="module")
def drawn() -> ImageSet:
    return shape_drawing.make(3000, 1000, seed=3)


def test_form(drawn: ImageSet) -> None:
    assert drawn.train_images.shape == (3000, 3, 32, 32)
    assert drawn.test_images.shape == (1000, 3, 32, 32)
    assert drawn.train_images.dtype == drawn.test_images.dtype == torch.uint8
    assert drawn.train_labels.dtype == torch.int64
    assert drawn.class_names == tuple(OUTLINES)
    assert len(drawn.class_names) == 10
    assert drawn.train_labels.bincount().tolist() == [300] * 10
    assert drawn.test_labels.bincount().tolist() == [100] * 10


def test_a_seed_says_every_pixel_and_another_seed_says_others() -> None:
    first, again, other = (shape_drawing.make(40, 20, seed=seed) for seed in (5, 5, 6))
    assert torch.equal(first.train_images, again.train_images)
    assert torch.equal(first.test_images, again.test_images)
    assert not torch.equal(first.train_images, other.train_images)
    assert not torch.equal(first.train_images[:20], first.test_images)


def test_a_small_set_is_the_beginning_of_a_large_one(drawn: ImageSet) -> None:
    few = shape_drawing.make(330, 20, seed=3)  # not a whole number of blocks
    assert torch.equal(few.train_images, drawn.train_images[:330])
    assert torch.equal(few.test_images, drawn.test_images[:20])


def test_the_default_set_stays_what_published_figures_were_measured_on() -> None:
    # Rounded, because processors differ in the last bit of a sine.
    made = shape_drawing.make(500, 100)
    train, test = (half.double().mean((0, 2, 3)) for half in (made.train_images, made.test_images))
    assert train.tolist() == pytest.approx([120.716, 125.025, 120.091], abs=0.01)
    assert test.tolist() == pytest.approx([118.941, 119.763, 119.994], abs=0.01)
    # and how far the light of each arrow lies to the right, which those means do not see
    slope = torch.linspace(-1, 1, 32)
    right = [(image.double() * slope).mean().item() for image in made.test_images[9::10]]
    frozen = [-1.727, -2.927, -1.517, -0.23, -1.951, -1.263, -1.444, -0.429, -1.747, -0.248]
    assert right == pytest.approx(frozen, abs=0.01)


def test_training_images_are_tidier_than_test_images() -> None:
    """Arrows hardly ever point to the left in training, and half of the time in the test."""
    made = shape_drawing.make(2000, 2000, seed=1)
    left, right = (_arrow(side) for side in (-1, 1))
    shares = []
    for images, labels in (
        (made.train_images, made.train_labels),
        (made.test_images, made.test_labels),
    ):
        drawn = images[labels == 9].double().mean(1)
        drawn = (drawn - drawn.mean((1, 2), keepdim=True)).abs()  # the arrow, light or dark
        shares.append(((drawn * left).sum((1, 2)) > (drawn * right).sum((1, 2))).double().mean())
    assert shares[0] < 0.35
    assert shares[1] > shares[0] + 0.1


def _arrow(side: int) -> torch.Tensor:
    """An arrow in the middle that points to the right (1) or the left (-1), with mean 0."""
    grid = (np.arange(32) - 15.5) / 10
    x, y = np.meshgrid(grid * side, grid)
    inside = torch.from_numpy(OUTLINES["arrow"](x, y) < 0).double()
    return inside - inside.mean()


def test_draws_nothing_from_the_generators_that_belong_to_training() -> None:
    torch.manual_seed(0)
    np.random.seed(0)
    before = torch.get_rng_state(), np.random.get_state()[1]
    shape_drawing.make(20, 20)
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])


def test_pixels_alone_say_a_little_but_not_much(drawn: ImageSet) -> None:
    """The nearest class mean is above chance (usual colors, corners) and far from solving it."""
    train, test = drawn.train_images.flatten(1).double(), drawn.test_images.flatten(1).double()
    means = torch.stack([train[drawn.train_labels == label].mean(0) for label in range(10)])
    accuracy = (torch.cdist(test, means).argmin(1) == drawn.test_labels).double().mean().item()
    assert 0.13 < accuracy < 0.45


def test_outlines_alone_say_it_all() -> None:
    """A shape drawn without nuisance is nearest to its own kind: the ten do differ."""
    grid = np.linspace(-1.3, 1.3, 64, dtype=np.float32)
    x, y = np.meshgrid(grid, -grid)
    upright = np.stack([outline(x, y) < 0 for outline in OUTLINES.values()])
    assert all(0.08 < share < 0.6 for share in upright.mean(axis=(1, 2)))
    angle = 0.15
    turned = np.stack(
        [
            outline(
                (x * np.cos(angle) + y * np.sin(angle)) * 1.1,
                (y * np.cos(angle) - x * np.sin(angle)) / 1.1,
            )
            < 0
            for outline in OUTLINES.values()
        ]
    )
    overlap = (turned[:, None] & upright).sum((2, 3)) / (turned[:, None] | upright).sum((2, 3))
    assert overlap.argmax(axis=1).tolist() == list(range(10))


@pytest.mark.parametrize("name", ["circle", "ring", "triangle", "square", "pentagon", "cross"])
def test_an_outline_is_a_distance_near_its_straight_and_round_parts(name: str) -> None:
    """Moving along the gradient by one hundredth changes the value by one hundredth."""
    grid = np.linspace(-1.2, 1.2, 481)
    x, y = np.meshgrid(grid, grid)
    values = OUTLINES[name](x, y)
    down, across = np.gradient(values, grid, grid)
    near = np.abs(values) < 0.05
    assert np.median(np.hypot(down, across)[near]) == pytest.approx(1, abs=0.02)


def test_loading_draws_once_and_then_reads(
    lab_home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapes, "TRAIN", 50)
    monkeypatch.setattr(shapes, "TEST", 20)
    first = catalogue.load("shapes")
    assert (paths.data_folder() / "cache" / "shapes.safetensors").is_file()
    monkeypatch.setattr(shape_drawing, "make", lambda *_: pytest.fail("drawn again"))
    again = catalogue.load("shapes")
    assert torch.equal(first.train_images, again.train_images)
    assert torch.equal(first.test_labels, again.test_labels)
    assert (first.mean, first.std) == (again.mean, again.std)


def test_loading_works_where_nothing_can_be_written(
    lab_home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapes, "TRAIN", 50)
    monkeypatch.setattr(shapes, "TEST", 20)
    (paths.home()).mkdir(parents=True, exist_ok=True)
    paths.data_folder().write_text("a file where a folder should be")
    assert catalogue.load("shapes").train_images.shape == (50, 3, 32, 32)


def test_refuses_fewer_images_than_classes() -> None:
    with pytest.raises(ValueError, match="at least 10"):
        shape_drawing.make(9, 20)
