"""What moves the weights: groups of parameters, precision, and a network's own initializing."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from core.config.run_config import NetworkConfig, TrainingConfig
from core.data.image_set import ImageSet
from core.errors import LabError
from core.optim.parameter_groups import parameter_groups
from core.training.learner import Learner, make_learner, seed_everything
from core.training.precision import Precision, choose
from tests.core.conftest import Configure, Load

CPU = torch.device("cpu")


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.GroupNorm(2, 4), nn.Flatten(), nn.Linear(4, 10)
    )


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.randn(16, 3, 3, 3), torch.randint(0, 10, (16,))


def test_biases_and_norms_are_apart() -> None:
    model = network()
    model[0].weight.requires_grad_(False)
    weights, biases = parameter_groups(model, 4.0)
    assert [tuple(p.shape) for p in weights["params"]] == [(10, 4)]
    names = {id(p): name for name, p in model.named_parameters()}
    assert [names[id(p)] for p in biases["params"]] == [
        "0.bias", "1.weight", "1.bias", "2.weight", "2.bias", "4.bias",
    ]  # fmt: skip
    assert (weights["lr_scale"], biases["lr_scale"], biases["weight_decay"]) == (1.0, 4.0, 0.0)
    (everything,) = parameter_groups(model, 1.0)
    assert len(everything["params"]) == 7


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_biases_step_at_their_own_rate_and_do_not_decay(optimizer: str) -> None:
    """One step from the same place; without momentum the step is rate x (gradient + decay)."""
    moved = {}
    for bias_lr_scale, decay in ((1.0, 0.0), (8.0, 0.5)):
        model = network()
        training = TrainingConfig(
            optimizer=optimizer,
            bias_lr_scale=bias_lr_scale,
            weight_decay=decay,
            momentum=0.0,
            precision="float32",
        )
        learner = Learner(model, training, CPU)
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        learner.step(*batch(), 1, 0.01)
        moved[bias_lr_scale] = {n: p.detach() - before[n] for n, p in model.named_parameters()}
        start = before
    for name in ("1.weight", "1.bias", "4.bias"):
        assert torch.allclose(moved[8.0][name], 8 * moved[1.0][name], atol=2e-6), name
    decayed = moved[1.0]["4.weight"] - 0.01 * 0.5 * start["4.weight"]
    assert torch.allclose(moved[8.0]["4.weight"], decayed, atol=2e-6)


def test_a_step_is_told_as_it_was() -> None:
    """Loss, images right and the gradient's norm against plain torch on a copy."""
    learner = Learner(network(), TrainingConfig(precision="float32", label_smoothing=0.1), CPU)
    copy = network()
    inputs, targets = batch()
    logits = copy(inputs)
    loss = nn.functional.cross_entropy(logits, targets, label_smoothing=0.1)
    loss.backward()
    norm = sum((p.grad**2).sum() for p in copy.parameters()) ** 0.5
    right = (logits.argmax(1) == targets).sum()
    told = learner.step(inputs, targets, 1, 0.1)
    assert told.tolist() == pytest.approx([loss.item(), right.item(), norm.item()], rel=1e-5)


def test_a_network_that_cannot_learn_is_refused() -> None:
    model = network().requires_grad_(False)
    with pytest.raises(LabError, match="no parameters that learn"):
        Learner(model, TrainingConfig(), CPU)


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float16"])
def test_precision_is_of_the_multiplications_alone(name: str) -> None:
    seen: list[torch.dtype] = []
    model = network()
    model[0].register_forward_hook(lambda module, given, made: seen.append(made.dtype))
    learner = Learner(model, TrainingConfig(precision=name, learning_rate=0.01), CPU)
    inputs, targets = batch()
    losses = [learner.step(inputs, targets, step, 0.01)[0].item() for step in range(1, 40)]
    assert set(seen) == {getattr(torch, name)}
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert losses[-1] < losses[0] - 0.1
    assert (learner.precision.scaler is not None) == (name == "float16")


def test_a_step_that_overflows_in_float16_is_left_out() -> None:
    learner = Learner(network(), TrainingConfig(precision="float16"), CPU)
    before = {name: p.detach().clone() for name, p in learner.model.named_parameters()}
    scaler = learner.precision.scaler
    assert scaler is not None
    scaler._lazy_init_scale_growth_tracker(CPU)
    scaler._scale.fill_(2.0**100)  # type: ignore[union-attr]
    told = learner.step(*batch(), 1, 0.1)
    assert torch.isfinite(told).all()
    for name, parameter in learner.model.named_parameters():
        assert torch.equal(parameter, before[name]), name
    assert scaler.get_scale() == 2.0**99


def test_auto_takes_half_the_bits_where_they_are_multiplied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from core.training import precision

    for multiplies, expected in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(precision, "cpu_multiplies_bfloat16", lambda m=multiplies: m)
        assert Precision("auto", CPU).name == expected
    assert choose("auto", torch.device("mps")) == "float32"
    assert choose("float16", CPU) == "float16"
    for brain, capability, expected in (
        (True, (9, 0), "bfloat16"),
        (False, (7, 5), "float16"),
        (False, (6, 1), "float32"),
    ):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda b=brain, **_: b)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _, c=capability: c)
        assert choose("auto", torch.device("cuda")) == expected


INITIALIZED = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(3, 10)

    def initialize(self, images):
        assert not torch.is_grad_enabled()
        self.last.weight[:] = images.mean((2, 3))[:10]
        self.last.bias[:] = len(images)

    def forward(self, x):
        return self.last(x.mean((2, 3)))
"""


def test_a_network_sees_training_images_before_its_first_step(
    tiny: Configure, load: Load, tmp_path: Path
) -> None:
    (tmp_path / "net.py").write_text(INITIALIZED)
    config = replace(tiny(), network=NetworkConfig(f"{tmp_path / 'net.py'}:Net"))
    images: ImageSet = load("shapes")
    state = make_learner(config, images, CPU, fresh=True).model.state_dict()
    assert state["last.bias"].tolist() == [160.0] * 10
    mean, std = torch.tensor(images.mean), torch.tensor(images.std)
    expected = (images.train_images[:10].float().mean((2, 3)) / 255 - mean) / std
    assert torch.allclose(state["last.weight"], expected, atol=1e-5)
    resumed = make_learner(config, images, CPU, fresh=False).model.state_dict()
    assert resumed["last.bias"].abs().max() < 1


def test_every_generator_is_seeded() -> None:
    import random

    import numpy as np

    def drawn() -> tuple[float, float, float]:
        return random.random(), float(np.random.rand()), torch.rand(1).item()

    seed_everything(2**50)
    first = drawn()
    assert drawn() != first
    seed_everything(2**50)
    assert drawn() == first
