import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.events import (
    Ended,
    EpochEnded,
    Event,
    Preparing,
    Started,
    Stepped,
)
from core.training import epoch
from core.training.evaluation import score
from core.training.loop import Checkpoint, fit
from tests.core.conftest import Configure, Load, without_dropout

TIMES = {"seconds": 0, "test_seconds": 0, "images_per_second": 0}


def events_of(config: object, load: Load, **more: object) -> list[Event]:
    """All events; the tensors of each epoch are copied, for the loop goes on to change them."""
    events: list[Event] = []

    def listen(event: Event) -> None:
        if isinstance(event, EpochEnded):
            weights = {name: tensor.clone() for name, tensor in event.weights.items()}
            averaged = _copy(event.ema_weights)
            event = replace(
                event, weights=weights, optimizer=_copy(event.optimizer), ema_weights=averaged
            )
        events.append(event)

    fit(config, listen, lambda: False, load=load, **more)  # type: ignore[arg-type]
    return events


def _copy(state: object) -> object:
    if isinstance(state, torch.Tensor):
        return state.clone()
    if isinstance(state, dict):
        return {key: _copy(value) for key, value in state.items()}
    return [_copy(value) for value in state] if isinstance(state, list) else state


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


def figures(event: EpochEnded) -> object:
    return replace(event.metrics, **TIMES)


def test_the_story_is_told_in_order(tiny: Configure, load: Load) -> None:
    events = events_of(tiny(epochs=2), load)
    kinds = [type(event).__name__ for event in events]
    assert isinstance(events[0], Preparing)
    assert kinds.index("Started") < kinds.index("Stepped") < kinds.index("EpochEnded")
    assert events[-1] == Ended(finished=True)
    started = next(event for event in events if isinstance(event, Started))
    assert started.steps_per_epoch == math.ceil(160 / 32)
    assert started.parameters == 8 * 3 * 9 + 8 + 16 + 10 * 8 * 9 + 10
    assert [event.metrics.epoch for event in epochs(events)] == [1, 2]
    last = [event for event in events if isinstance(event, Stepped)][-1]
    assert last.step == 10


def test_the_same_seed_gives_the_same_run_and_another_does_not(tiny: Configure, load: Load) -> None:
    first, again = events_of(tiny(), load), events_of(tiny(), load)
    other = events_of(tiny(seed=1), load)
    assert [figures(event) for event in epochs(first)] == [
        figures(event) for event in epochs(again)
    ]
    for name, tensor in epochs(first)[-1].weights.items():
        assert torch.equal(tensor, epochs(again)[-1].weights[name]), name
    assert figures(epochs(first)[0]) != figures(epochs(other)[0])


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "sgd", "precision": "float32"},
        {"optimizer": "adamw"},
        {"optimizer": "muon", "momentum": 0.9},
        {"ema_decay": 0.95},
        {"schedule": "plateau", "learning_rate": 1e-6, "epochs": 6},
        {"precision": "bfloat16"},
        {"precision": "float16"},
        {"initial_image_size": 16, "bias_lr_scale": 8.0, "hold_out": 40},
        {"replicas": 2, "momentum": 0.9},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_a_resumed_run_equals_the_uninterrupted_one_to_the_bit(
    tiny: Configure, load: Load, settings: dict[str, object], tmp_path: Path
) -> None:
    """Through a file, as a run folder keeps it; plateau's rate falls after the fourth epoch."""
    config = tiny(**settings)
    if "replicas" in settings:  # which are not for networks with dropout
        without_dropout(config)
    whole = epochs(events_of(config, load))
    at = len(whole) - 2
    after = whole[at - 1]
    if "schedule" in settings:
        assert whole[-1].metrics.learning_rate == pytest.approx(2e-7)
    disturb()
    torch.save(
        {
            "epoch": at,
            "best_accuracy": max(event.metrics.test_accuracy for event in whole[:at]),
            "weights": after.weights,
            "optimizer": after.optimizer,
            "ema_weights": after.ema_weights,
            "scaler": after.scaler,
            "losses": after.losses,
        },
        tmp_path / "checkpoint.pt",
    )
    kept = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    rest = epochs(events_of(config, load, checkpoint=Checkpoint(**kept)))
    assert [event.metrics.epoch for event in rest] == [at + 1, at + 2]
    for ours, same in zip(rest, whole[at:], strict=True):
        assert figures(ours) == figures(same)
        assert (ours.best, ours.losses, ours.scaler) == (same.best, same.losses, same.scaler)
        assert equal(ours.weights, same.weights)
        assert equal(ours.ema_weights, same.ema_weights)
        assert equal(ours.optimizer, same.optimizer)


def disturb() -> None:
    """Whatever happens between, no generator is where it was."""
    torch.rand(1000)
    np.random.rand(1000)
    [random.random() for _ in range(1000)]


def equal(first: object, second: object) -> bool:
    """To the bit, all the way down."""
    if isinstance(first, torch.Tensor):
        return isinstance(second, torch.Tensor) and torch.equal(first, second)
    if isinstance(first, dict):
        assert isinstance(second, dict)
        return first.keys() == second.keys() and all(equal(first[k], second[k]) for k in first)
    if isinstance(first, list | tuple):
        assert isinstance(second, list | tuple)
        return len(first) == len(second) and all(map(equal, first, second))
    return first == second


def test_a_network_that_draws_from_python_and_numpy_resumes_to_the_bit_too(
    tiny: Configure, load: Load, tmp_path: Path
) -> None:
    source = Path(tiny().network.name.removesuffix(":Tiny")).read_text()
    drawing = source.replace(
        "return self.body(x)",
        "return self.body(x) * (random.random() + np.random.rand() if self.training else 1)",
    )
    (tmp_path / "drawing.py").write_text("import random\nimport numpy as np\n" + drawing)
    config = replace(tiny(), network=NetworkConfig(f"{tmp_path / 'drawing.py'}:Tiny"))
    whole = epochs(events_of(config, load))
    disturb()
    after = whole[1]
    checkpoint = Checkpoint(2, 0.0, after.weights, after.optimizer)
    (last,) = epochs(events_of(config, load, checkpoint=checkpoint))
    assert figures(last) == figures(whole[-1])


def test_the_learning_rate_is_the_schedule_s(tiny: Configure, load: Load) -> None:
    events = events_of(tiny(epochs=2, schedule="cosine"), load)
    for event in events:
        if isinstance(event, Stepped):
            done = (event.step - 1) / 10
            assert event.learning_rate == pytest.approx(0.05 * (1 + math.cos(math.pi * done)) / 2)


def test_steps_and_epoch_agree(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mean of the steps' figures over images is the epoch's, last short batch included."""
    monkeypatch.setattr(epoch, "REPORT_SECONDS", 0.0)
    events = events_of(tiny(epochs=1, batch_size=64), load)
    steps = [event for event in events if isinstance(event, Stepped)]
    sizes = [64, 64, 32]
    assert len(steps) == 3
    row = epochs(events)[0].metrics
    for total, parts in (
        (row.train_loss, [step.loss for step in steps]),
        (row.train_accuracy, [step.accuracy for step in steps]),
    ):
        mean = sum(size * part for size, part in zip(sizes, parts, strict=True)) / 160
        assert total == pytest.approx(mean, rel=1e-5)


def test_it_learns(tiny: Configure, load: Load) -> None:
    rows = [event.metrics for event in epochs(events_of(tiny(epochs=12, learning_rate=0.2), load))]
    assert rows[-1].train_loss < rows[0].train_loss - 0.1


def test_best_is_the_first_of_the_highest(tiny: Configure, load: Load) -> None:
    seen = epochs(events_of(tiny(epochs=6), load))
    highest = -1.0
    for event in seen:
        assert event.best == (event.metrics.test_accuracy > highest)
        highest = max(highest, event.metrics.test_accuracy)


def test_accuracy_and_loss_are_those_of_the_weights(tiny: Configure, load: Load) -> None:
    """Against a second way: the final weights in a fresh network, one image after another."""
    config = tiny(epochs=1)
    event = epochs(events_of(config, load))[0]
    images = load("shapes")
    from core.networks.building import build

    model = build(config.network, 10)
    model.load_state_dict(dict(event.weights))
    model.eval()
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (images.mean, images.std))
    losses, right = [], 0
    with torch.no_grad():
        for image, label in zip(images.test_images, images.test_labels, strict=True):
            logits = model((image[None].float() / 255 - mean) / std)
            losses.append(torch.nn.functional.cross_entropy(logits, label[None]).item())
            right += int(logits.argmax() == label)
    assert event.metrics.test_loss == pytest.approx(sum(losses) / len(losses), rel=1e-4)
    assert event.metrics.test_accuracy == pytest.approx(100 * right / 80)
    assert event.probabilities.shape == (80, 10)
    assert torch.allclose(event.probabilities.sum(1), torch.ones(80), atol=1e-5)


def test_score_worked_out_by_hand() -> None:
    probabilities = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.6, 0.4, 0.0]])
    accuracy, loss = score(probabilities, torch.tensor([0, 1, 1]))
    assert accuracy == pytest.approx(200 / 3)
    assert loss == pytest.approx(-(math.log(0.5) + math.log(0.8) + math.log(0.4)) / 3)


def test_stopping_is_heard_before_the_next_step(tiny: Configure, load: Load) -> None:
    events: list[Event] = []
    asked = iter([False, False, True])
    fit(tiny(), events.append, lambda: next(asked), load=load)
    assert events[-1] == Ended(finished=False)
    assert not any(isinstance(event, EpochEnded) for event in events)


def test_a_loss_that_is_not_finite_ends_the_run_with_what_to_do(
    tiny: Configure, load: Load, tmp_path: Path
) -> None:
    """The network breaks in the second epoch, at step 7 of 5 an epoch."""
    config = tiny(epochs=3, schedule="constant")
    source = Path(config.network.name.removesuffix(":Tiny")).read_text()
    broken = source.replace(
        "return self.body(x)",
        "self.calls = getattr(self, 'calls', 0) + self.training\n"
        "        return self.body(x) * (float('nan') if self.calls == 7 else 1)",
    )
    (tmp_path / "broken.py").write_text(broken)
    config = replace(config, network=NetworkConfig(f"{tmp_path / 'broken.py'}:Tiny"))
    with pytest.raises(LabError) as told:
        events_of(config, load)
    sentence = str(told.value)
    assert sentence.startswith("The loss became nan at step ")
    assert "at step 7 (epoch 2, learning rate 0.05)" in sentence
    assert "the last good checkpoint is that of epoch 1" in sentence
    assert "lower learning rate" in sentence


def test_the_gradient_limit_holds(tiny: Configure, load: Load) -> None:
    """With plain SGD a step moves the weights by at most learning rate x limit."""
    config = tiny(
        epochs=1,
        batch_size=160,
        gradient_clip=0.001,
        momentum=0.0,
        weight_decay=0.0,
        schedule="constant",
    )
    torch.manual_seed(config.training.seed)
    from core.networks.building import build

    before = dict(build(config.network, 10).named_parameters())
    after = epochs(events_of(config, load))[0].weights
    moved = math.sqrt(sum(((after[name] - p) ** 2).sum().item() for name, p in before.items()))
    assert 0 < moved <= 0.05 * 0.001 * 1.001


def test_an_unknown_device_is_named(tiny: Configure, load: Load) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has the device that others lack")
    with pytest.raises(LabError, match="no device 'cuda'; choose auto or one of cpu"):
        events_of(tiny(device="cuda"), load)
