"""What is told beside the headline: averaged weights, classes, clean and mirrored images."""

import pytest
import torch
from torch import nn

from core.config.run_config import TrainingConfig
from core.data import shape_drawing
from core.data.image_set import ImageSet
from core.events import (
    Ended,
    EpochEnded,
    Evaluating,
    Event,
)
from core.networks.building import build
from core.training.evaluation import Evaluator, by_class
from core.training.learner import Learner
from core.training.loop import fit
from core.training.weight_ema import WeightEMA
from tests.core.conftest import Configure, Load

CPU = torch.device("cpu")


def test_the_average_worked_out_by_hand() -> None:
    """Decays 2/11, 3/12 and then 0.3; counters and the model's own weights as they are."""
    model = nn.BatchNorm1d(1)
    averaged = WeightEMA(model, 0.3)
    expected = 1.0
    for step, (value, decay) in enumerate([(5.0, 2 / 11), (-3.0, 3 / 12), (7.0, 0.3)], 1):
        nn.init.constant_(model.weight, value)
        model.running_mean.fill_(value)  # type: ignore[union-attr]
        model.num_batches_tracked.fill_(step)  # type: ignore[union-attr]
        averaged.update(step)
        expected = decay * expected + (1 - decay) * value
    assert averaged.tensors["weight"].item() == pytest.approx(expected)
    assert averaged.tensors["running_mean"].item() == pytest.approx(expected - 2 / 11 * 0.25 * 0.3)
    assert averaged.tensors["num_batches_tracked"].item() == 3
    with averaged.in_place():
        assert model.weight.item() == pytest.approx(expected)
    assert (model.weight.item(), model.num_batches_tracked.item()) == (7.0, 3)  # type: ignore[union-attr,operator]


def test_the_model_gets_its_own_weights_back_even_after_an_error() -> None:
    model = nn.Linear(2, 2)
    averaged = WeightEMA(model, 0.9)
    own = model.weight.detach().clone() + 1
    nn.init.ones_(model.weight)
    with torch.no_grad():
        model.weight.copy_(own)
    with pytest.raises(ZeroDivisionError), averaged.in_place():
        raise ZeroDivisionError
    assert torch.equal(model.weight, own)


def accuracy_of(config: object, weights: object, pixels: torch.Tensor, labels: torch.Tensor,
                images: ImageSet, *, mirrored: bool = False) -> float:  # fmt: skip
    """A second way: a fresh network, plain torch, all images at once."""
    model = build(config, 10)  # type: ignore[arg-type]
    model.load_state_dict(dict(weights))  # type: ignore[call-overload]
    model.eval()
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (images.mean, images.std))
    with torch.no_grad():
        normalized = (pixels.float() / 255 - mean) / std
        answer = model(normalized).softmax(1)
        if mirrored:
            answer = answer + model(normalized.flip(-1)).softmax(1)
    return 100 * (answer.argmax(1) == labels).double().mean().item()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_every_figure_against_a_second_way(tiny: Configure, load: Load, precision: str) -> None:
    config = tiny(epochs=4, ema_decay=0.8, learning_rate=0.3, precision=precision)
    seen: list[EpochEnded] = []

    def listen(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.metrics.epoch == 4:
            seen.append(event)
        if isinstance(event, EpochEnded):
            assert (event.metrics.mirrored_accuracy is not None) == (event.metrics.epoch == 4)

    fit(config, listen, lambda: False, load=load)
    (event,) = seen
    images, row = load("shapes"), event.metrics
    test, train = (images.test_images, images.test_labels), (
        images.train_images,
        images.train_labels,
    )  # fmt: skip
    own, averaged = event.weights, event.ema_weights
    network = config.network
    assert row.test_accuracy == pytest.approx(accuracy_of(network, own, *test, images))
    assert row.ema_accuracy == pytest.approx(accuracy_of(network, averaged, *test, images))
    assert row.clean_accuracy == pytest.approx(accuracy_of(network, own, *train, images))
    assert row.mirrored_accuracy == pytest.approx(
        accuracy_of(network, own, *test, images, mirrored=True)
    )
    assert averaged is not None
    assert not torch.equal(own["body.0.weight"], averaged["body.0.weight"])
    assert row.ema_loss != row.test_loss
    fractions = torch.bincount(images.test_labels, minlength=10) / len(images.test_labels)
    whole = sum(a * s for a, s in zip(row.class_accuracy, fractions.tolist(), strict=True))
    assert whole == pytest.approx(row.test_accuracy, rel=1e-5)


class Left(nn.Module):
    """Class 0 by ten times the mean of the left half of the image, class 1 by 6."""

    def __init__(self) -> None:
        super().__init__()
        self.ten = nn.Parameter(torch.tensor(10.0))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        left = self.ten * images[..., :16].mean((1, 2, 3))
        return torch.stack([left, torch.full_like(left, 6.0)], 1)


def test_mirroring_worked_out_by_hand() -> None:
    """White on the left: 1 / (1 + e^-4) for class 0; mirrored 1 / (1 + e^6); the mean is 0.492."""
    pixels = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    pixels[..., :16] = 255
    labels = torch.tensor([1, 1])
    ones = (1.0, 1.0, 1.0)
    images = ImageSet("", "", pixels, labels, pixels, labels, ("a", "b"), (0.0, 0.0, 0.0), ones)
    training = TrainingConfig(epochs=1)
    learner = Learner(Left(), training, CPU)
    evaluator = Evaluator(learner, images, training, lambda event: None, lambda: False)
    told = evaluator.evaluate(1).figures
    assert (told["test_accuracy"], told["mirrored_accuracy"]) == (0.0, 100.0)


def test_accuracy_by_class_worked_out_by_hand() -> None:
    probabilities = torch.eye(4)[[0, 0, 1, 1, 2]]
    assert by_class(probabilities, torch.tensor([0, 1, 1, 1, 0])) == pytest.approx(
        (50.0, 200 / 3, 0.0, 0.0)
    )


def test_without_averaging_nothing_is_said_of_it(tiny: Configure, load: Load) -> None:
    rows: list[EpochEnded] = []

    def listen(event: Event) -> None:
        if isinstance(event, EpochEnded):
            rows.append(event)

    fit(tiny(epochs=1), listen, lambda: False, load=load)
    assert (rows[0].metrics.ema_accuracy, rows[0].ema_weights) == (None, None)


def test_progress_of_evaluating_grows_to_the_whole(tiny: Configure, load: Load) -> None:
    fractions: dict[int, list[float]] = {1: [], 2: []}

    def listen(event: Event) -> None:
        if isinstance(event, Evaluating):
            fractions[event.epoch].append(event.fraction)

    fit(tiny(epochs=2, ema_decay=0.5), listen, lambda: False, load=load)
    for told in fractions.values():
        assert told == sorted(told)
        assert told[-1] == 1
    assert fractions[1][0] == pytest.approx(80 / (80 + 160 + 80))
    assert fractions[2][0] == pytest.approx(80 / (80 + 160 + 80 + 80))


def always(answer: int) -> nn.Module:
    """Says `answer` whatever it sees."""
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 10))
    nn.init.zeros_(model[2].weight)
    model[2].bias.data = 5 * nn.functional.one_hot(torch.tensor(answer), 10).float()
    return model


@pytest.mark.parametrize(("target", "reached"), [(0.0, False), (60.0, True), (60.1, False)])
def test_the_target_is_of_the_better_of_both_weights(target: float, reached: bool) -> None:
    """6 of 10 images are of class 3, which the averaged weights say; the others say 1 of 10."""
    images = shape_drawing.make(20, 10, seed=0)
    labels = torch.tensor([3] * 6 + [7, 0, 1, 2])
    images = ImageSet(**{**vars(images), "test_labels": labels})
    training = TrainingConfig(ema_decay=0.5, target_accuracy=target, epochs=9)
    learner = Learner(always(3), training, CPU)
    with torch.no_grad():
        learner.model[2].bias.copy_(always(7)[2].bias)  # type: ignore[index]
    told = Evaluator(learner, images, training, lambda event: None, lambda: False).evaluate(4)
    assert (told.figures["test_accuracy"], told.figures["ema_accuracy"]) == (10.0, 60.0)
    expected = "Stopped after epoch 4: 60.00% with the averaged weights reached the target of 60%."
    assert told.reached == (expected if reached else "")
    assert ("mirrored_accuracy" in told.figures) == reached


def test_a_run_ends_when_its_target_is_reached(tiny: Configure, load: Load) -> None:
    events: list[Event] = []
    config = tiny(epochs=30, target_accuracy=11.0, learning_rate=0.3)
    fit(config, events.append, lambda: False, load=load)
    rows = [event.metrics for event in events if isinstance(event, EpochEnded)]
    assert len(rows) < 30
    assert rows[-1].test_accuracy >= 11 > max([r.test_accuracy for r in rows[:-1]], default=0)
    assert rows[-1].mirrored_accuracy is not None
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.finished
    assert ended.message.startswith(f"Stopped after epoch {rows[-1].epoch}: ")
