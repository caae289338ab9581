"""Muon against its formula written out, and the rest against SGD."""

import pytest
import torch
from torch import nn

from core.optim.muon import MuonAndSGD
from core.optim.parameter_groups import parameter_groups


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3),  # the first layer
        nn.Conv2d(8, 8, 3, groups=8),  # depthwise
        nn.Conv2d(8, 16, 3),  # a matrix (16, 72)
        nn.Conv2d(16, 24, 1),  # a matrix (24, 16)
        nn.Conv2d(24, 10, 1),  # the last layer
    )


def gradients(model: nn.Module, step: int) -> None:
    torch.manual_seed(100 + step)
    for parameter in model.parameters():
        drawn = torch.randn(parameter.shape)
        parameter.grad = torch.empty_like(parameter).copy_(drawn)


def orthogonal(update: torch.Tensor) -> torch.Tensor:
    """The quintic Newton-Schulz iteration of Jordan's post, in double precision."""
    x = update.double() / update.double().norm()
    if tall := len(x) > x.shape[1]:
        x = x.T
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.T if tall else x


SETTINGS = {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}


@pytest.mark.parametrize("channels_last", [False, True])
def test_hidden_layers_step_by_muon_and_the_rest_by_sgd(channels_last: bool) -> None:
    model, plain = network(), network()
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    optimizer = MuonAndSGD(parameter_groups(model, 4.0), **SETTINGS)
    weights = [p for p in plain.parameters() if p.ndim == 4]
    matrices, others = weights[2:4], [weights[0], weights[1], weights[4]]
    biases = [p for p in plain.parameters() if p.ndim == 1]
    sgd = torch.optim.SGD(
        [{"params": others, "lr": 0.1}, {"params": biases, "lr": 0.4, "weight_decay": 0.0}],
        momentum=0.9,
        nesterov=True,
        weight_decay=0.0005,
    )
    moment = [torch.zeros(len(p), p[0].numel()) for p in matrices]
    for step in range(3):
        gradients(model, step)
        gradients(plain, step)
        for group in optimizer.param_groups:
            group["lr"] = 0.05 * group["lr_scale"]
        optimizer.step()
        sgd.step()
        with torch.no_grad():
            for matrix, mean in zip(matrices, moment, strict=True):
                gradient = matrix.grad.flatten(1)
                mean.lerp_(gradient, 0.1)
                update = orthogonal(gradient.lerp(mean, 0.9))
                scale = max(1, len(update) / update.shape[1]) ** 0.5
                matrix.mul_(1 - 0.05 * 0.01).sub_(
                    0.05 * scale * update.float().reshape(matrix.shape)
                )
    for (name, ours), theirs in zip(model.named_parameters(), plain.parameters(), strict=True):
        # torch iterates in bfloat16: 8 bits
        exact = not any(theirs is matrix for matrix in matrices)
        moved = 0.05 * 3
        assert (ours - theirs).abs().max() < (1e-6 if exact else 0.02 * moved), name


def test_its_state_goes_on_to_the_bit() -> None:
    whole, broken = network(), network()
    first, second = (
        MuonAndSGD(parameter_groups(model, 1.0), **SETTINGS) for model in (whole, broken)
    )
    for step in range(2):
        for model, optimizer in ((whole, first), (broken, second)):
            gradients(model, step)
            optimizer.step()
    resumed = network()
    resumed.load_state_dict(broken.state_dict())
    third = MuonAndSGD(parameter_groups(resumed, 1.0), **SETTINGS)
    third.load_state_dict(second.state_dict())
    for model, optimizer in ((whole, first), (resumed, third)):
        gradients(model, 2)
        optimizer.step()
    for ours, theirs in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_parameter_without_a_gradient_stays() -> None:
    model = network()
    optimizer = MuonAndSGD(model.parameters(), **SETTINGS)
    before = model[2].weight.detach().clone()
    gradients(model, 0)
    model[2].weight.grad = None
    optimizer.step()
    assert torch.equal(model[2].weight, before)
    assert not torch.equal(model[3].weight, network()[3].weight)


def test_a_processor_steps_small_matrices_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which has to be another than ours, for a number of threads is that of whole threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    found: list[tuple[str, int]] = []
    for kind in (torch.optim.Muon, torch.optim.SGD):
        monkeypatch.setattr(
            kind, "step", lambda self: found.append((type(self).__name__, torch.get_num_threads()))
        )
    try:
        MuonAndSGD(parameter_groups(network(), 1.0), **SETTINGS).step()
        assert found == [("Muon", 1), ("SGD", 3)]
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_what_fails_in_that_thread_is_told_in_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: torch.optim.Muon) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(torch.optim.Muon, "step", fail)
    with pytest.raises(RuntimeError, match="can't allocate"):
        MuonAndSGD(parameter_groups(network(), 1.0), **SETTINGS).step()
