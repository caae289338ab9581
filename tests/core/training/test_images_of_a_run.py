"""Which images a run learns from and is judged by, and how large they are."""

import pytest
import torch

from core.data import shape_drawing
from core.errors import LabError
from core.events import EpochEnded, Event, Started
from core.training import progressive_resizing
from core.training.hold_out import chosen, sample, set_aside
from core.training.loop import fit
from tests.core.conftest import Configure, Load


def test_sides_worked_out_by_hand() -> None:
    """20 + 12 x e/6 to the nearest multiple of 4 (of the even one, halfway: 22, 26 and 30)."""
    assert [progressive_resizing.image_size(20, 32, epoch, 9) for epoch in range(1, 10)] == [
        20, 24, 24, 24, 28, 32, 32, 32, 32,
    ]  # fmt: skip
    assert [progressive_resizing.image_size(0, 32, epoch, 3) for epoch in (1, 2, 3)] == [32, 32, 32]
    assert [progressive_resizing.image_size(16, 32, epoch, 2) for epoch in (1, 2)] == [16, 32]


def test_small_images_are_means_of_large_ones() -> None:
    """Far from the edge a constant stays, a checkerboard of single pixels becomes its mean."""
    board = torch.zeros(1, 3, 32, 32)
    board[..., ::2, ::2] = board[..., 1::2, 1::2] = 1
    small = progressive_resizing.resized(board, 16)
    assert small.shape == (1, 3, 16, 16)
    assert torch.allclose(small[..., 2:-2, 2:-2], torch.tensor(0.5), atol=1e-6)
    assert progressive_resizing.resized(board, 32) is board


def test_a_run_grows_its_images(tiny: Configure, load: Load) -> None:
    from core.training.learner import Learner

    seen: list[tuple[int, int]] = []
    step = Learner.step

    def watched(self: Learner, inputs: torch.Tensor, *rest: object) -> torch.Tensor:
        seen.append((inputs.shape[2], inputs.shape[3]))
        return step(self, inputs, *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Learner, "step", watched)
        fit(tiny(epochs=4, initial_image_size=16), lambda event: None, lambda: False, load=load)
    assert seen == [(side, side) for side in (16, 24, 32, 32) for _ in range(5)]


def test_images_held_out_are_training_images_and_no_longer_learnt_from() -> None:
    images = shape_drawing.make(300, 50, seed=3)
    split = set_aside(images, 60)
    assert (len(split.train_labels), len(split.test_labels)) == (240, 60)
    original = {image.numpy().tobytes() for image in images.train_images}
    kept = {image.numpy().tobytes() for image in split.train_images}
    aside = {image.numpy().tobytes() for image in split.test_images}
    assert kept | aside == original
    assert not kept & aside
    by_image = {
        image.numpy().tobytes(): int(label)
        for image, label in zip(images.train_images, images.train_labels, strict=True)
    }
    for image, label in zip(split.test_images, split.test_labels, strict=True):
        assert by_image[image.numpy().tobytes()] == label
    again = set_aside(images, 60)
    assert torch.equal(again.test_images, split.test_images)
    assert (split.mean, split.std) == (images.mean, images.std)


def test_each_class_gives_its_share() -> None:
    labels = torch.tensor([0] * 70 + [1] * 20 + [2] * 10)
    assert torch.bincount(labels[chosen(labels, 10, 1)]).tolist() == [7, 2, 1]
    assert torch.bincount(labels[chosen(labels, 12, 1)]).tolist() == [9, 2, 1]  # 8.4, 2.4, 1.2
    smaller, larger = (set(chosen(labels, count, 1).tolist()) for count in (10, 50))
    assert smaller < larger
    assert chosen(labels, 100, 1).tolist() == list(range(100))


def test_more_than_half_cannot_be_held_out(tiny: Configure, load: Load) -> None:
    with pytest.raises(LabError, match="81 images cannot be held out of 160 training images"):
        fit(tiny(hold_out=81), lambda event: None, lambda: False, load=load)


def test_the_sample_is_the_same_for_all() -> None:
    images = shape_drawing.make(300, 50, seed=3)
    assert torch.equal(sample(images)[0], images.train_images)


def test_a_run_is_judged_by_what_was_held_out(tiny: Configure, load: Load) -> None:
    events: list[Event] = []
    fit(tiny(epochs=1, hold_out=40), events.append, lambda: False, load=load)
    started = next(event for event in events if isinstance(event, Started))
    assert started.evaluated == "held-out training images"
    assert (started.train_images, started.test_images) == (120, 40)
    ended = next(event for event in events if isinstance(event, EpochEnded))
    assert torch.equal(ended.labels, set_aside(load("shapes"), 40).test_labels)
