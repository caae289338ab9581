"""A batch in parts gives what its parts give by themselves, whichever thread is done first."""

import copy
import threading
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.config.run_config import RunConfig, TrainingConfig
from core.events import Event, Started
from core.training import learner
from core.training.learner import Learner, make_learner
from core.training.loop import fit
from core.training.replicas import Replicas, is_random
from tests.core.conftest import Configure, Load, without_dropout

CPU = torch.device("cpu")


def network(*, normalized: bool) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.BatchNorm2d(8) if normalized else nn.Identity(),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 10),
    )


def batch(count: int) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randn(count, 3, 6, 6) * 3 + 1, torch.randint(0, 10, (count,))


def learner_of(model: nn.Module, replicas: int = 1, **settings: object) -> Learner:
    training = TrainingConfig(**{"precision": "float32", **settings})  # type: ignore[arg-type]
    made = Learner(model, training, CPU)
    if replicas > 1:
        made.replicas = Replicas(model, replicas)
    return made


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"label_smoothing": 0.1, "gradient_clip": 0.01, "bias_lr_scale": 4.0},
        {"precision": "float16"},
        {"ema_decay": 0.9, "optimizer": "muon"},
    ],
    ids=str,
)
@pytest.mark.parametrize("count", [48, 61])
def test_without_normalization_the_step_is_that_of_the_whole_batch(
    count: int, settings: dict[str, object]
) -> None:
    """61 images are parts of 21, 20 and 20."""
    whole = learner_of(network(normalized=False), **settings)
    split = learner_of(network(normalized=False), 3, **settings)
    for step in (1, 2):
        told, ours = (each.step(*batch(count), step, 0.1) for each in (whole, split))
        assert ours.tolist() == pytest.approx(told.tolist(), rel=2e-3, abs=1e-6)
    state = whole.model.state_dict()
    for name, tensor in split.model.state_dict().items():
        assert torch.allclose(tensor, state[name], atol=3e-4), name
    split.close()


def test_mixed_labels_are_split_with_their_images() -> None:
    inputs, targets = batch(32)
    shares = torch.eye(10)[targets] * 0.7 + torch.eye(10)[targets.flip(0)] * 0.3
    whole, split = learner_of(network(normalized=False)), learner_of(network(normalized=False), 2)
    told, ours = (each.step(inputs, shares, 1, 0.1) for each in (whole, split))
    assert ours.tolist() == pytest.approx(told.tolist(), rel=1e-5)
    split.close()


def test_normalization_sees_a_part_alone() -> None:
    """By plain torch, a part after another: 33 images are parts of 17 and 16."""
    inputs, targets = batch(33)
    inputs[17:] *= 5
    start = network(normalized=True)
    parts = [copy.deepcopy(start) for _ in range(2)]
    losses = []
    for model, x, y in zip(parts, inputs.split([17, 16]), targets.split([17, 16]), strict=True):
        loss = cross_entropy(model(x), y) * len(x) / 33
        loss.backward()
        losses.append(loss.item())
    gradients = {
        name: parameter.grad + parts[1].get_parameter(name).grad
        for name, parameter in parts[0].named_parameters()
    }
    split = learner_of(copy.deepcopy(start), 2, momentum=0.0, weight_decay=0.0)
    told = split.step(inputs, targets, 1, 0.5)
    split.close()
    norm = sum((gradient**2).sum() for gradient in gradients.values()) ** 0.5
    assert told[0].item() == pytest.approx(sum(losses), rel=1e-5)
    assert told[2].item() == pytest.approx(norm.item(), rel=1e-5)
    for name, parameter in split.model.named_parameters():
        moved = start.get_parameter(name) - parameter
        assert torch.allclose(moved, 0.5 * gradients[name], atol=1e-5), name
    for name in ("running_mean", "running_var"):
        mean = (getattr(parts[0][1], name) + getattr(parts[1][1], name)) / 2
        assert torch.allclose(getattr(split.model[1], name), mean, rtol=1e-5), name
    assert split.model[1].num_batches_tracked.item() == 1
    whole = learner_of(copy.deepcopy(start), momentum=0.0, weight_decay=0.0)
    assert whole.step(inputs, targets, 1, 0.5)[0].item() != pytest.approx(sum(losses), rel=1e-3)


def test_a_small_batch_is_not_split() -> None:
    """Of 31 images a part would be 15; the step is that of the whole batch, to the bit."""
    whole, split = learner_of(network(normalized=True)), learner_of(network(normalized=True), 2)
    assert torch.equal(whole.step(*batch(31), 1, 0.1), split.step(*batch(31), 1, 0.1))
    split.close()


def test_weights_that_are_loaded_are_those_of_every_part() -> None:
    split = learner_of(network(normalized=True), 2, momentum=0.0)
    other = network(normalized=True)
    with torch.no_grad():
        for tensor in other.state_dict().values():
            tensor.mul_(2) if tensor.is_floating_point() else None
    split.model.load_state_dict(other.state_dict())
    expected = learner_of(other, 2, momentum=0.0)
    assert torch.equal(split.step(*batch(32), 1, 0.1), expected.step(*batch(32), 1, 0.1))
    for name, tensor in expected.model.state_dict().items():
        assert torch.equal(split.model.state_dict()[name], tensor), name
    for each in (split, expected):
        each.close()


def test_a_part_that_fails_ends_the_step_when_the_others_are_done() -> None:
    working: list[int] = []
    gate = threading.Event()

    def back(model: nn.Module, x: Tensor, y: Tensor, share: float) -> tuple[Tensor, Tensor]:
        if model is not first:
            gate.wait(30)
            working.append(len(x))
            return x, x.sum()
        threading.Timer(0.05, gate.set).start()
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    first = network(normalized=False)
    replicas = Replicas(first, 2)
    with pytest.raises(RuntimeError, match="can't allocate"):
        replicas.learn(*batch(32), back)
    assert working == [16]
    replicas.close()


def test_threads_are_shared_out_and_given_back() -> None:
    before, running = torch.get_num_threads(), threading.active_count()
    torch.set_num_threads(4)
    found: list[int] = []

    def back(model: nn.Module, x: Tensor, y: Tensor, share: float) -> tuple[Tensor, Tensor]:
        found.append(torch.get_num_threads())
        return x, x.sum()

    try:
        replicas = Replicas(network(normalized=False), 2)
        replicas.learn(*batch(32), back)
        assert found == [2, 2]
        assert torch.get_num_threads() == 4
        later: list[int] = []
        thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert later == [4], "other work of the server keeps its cores"
        replicas.close()
        assert threading.active_count() == running
    finally:
        torch.set_num_threads(before)


def test_what_draws_random_numbers_is_found_out_and_nothing_is_changed() -> None:
    class Shaken(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + torch.rand_like(x) if self.training else x

    shape = (3, 6, 6)
    state = torch.get_rng_state()
    normalized = network(normalized=True).eval()
    means = normalized[1].running_mean.clone()
    torch.set_rng_state(state)
    assert not is_random(normalized, shape)
    assert torch.equal(normalized[1].running_mean, means)
    assert not normalized.training
    assert is_random(nn.Sequential(nn.Flatten(), nn.Dropout(0.1)).eval(), shape)
    assert is_random(Shaken().eval(), shape)
    assert torch.equal(torch.get_rng_state(), state)


def started(config: RunConfig, load: Load) -> Started:
    events: list[Event] = []
    fit(config, events.append, lambda: False, load=load)
    return next(event for event in events if isinstance(event, Started))


def test_a_run_tells_whether_its_batches_are_split(tiny: Configure, load: Load) -> None:
    running = threading.active_count()
    whole = started(tiny(epochs=1, replicas=2), load)
    assert whole.replicas == 1
    assert "Batches are not split: the network draws random numbers" in whole.note
    split = started(without_dropout(tiny(epochs=1, replicas=2, compile="on")), load)
    assert split.replicas == 2
    assert "uncompiled, for its batches are split" in split.note
    assert not split.compiled
    assert threading.active_count() == running


def test_only_a_processor_splits(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = without_dropout(tiny(replicas=2))
    made = make_learner(config, load("shapes"), CPU, fresh=True)
    assert made.replicas is not None
    made.close()
    learns_there = Learner(made.model, replace(config.training, precision="float32"), CPU)
    learns_there.device = torch.device("meta")
    learner._replicate(learns_there, 2, (3, 32, 32))
    assert learns_there.replicas is None
    assert learns_there.note == "Replicas are for processors; here batches stay whole."
