"""Untrained copies and ROAD scores: against the library's own, and nobody's generator touched."""

from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_grad_cam.metrics import road
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget
from torch import nn

from core.config.run_config import NetworkConfig
from core.data import shape_drawing
from core.mistakes.cam import sanity_checks
from core.mistakes.cam.sanity_checks import check_map, reinitialize, road_scores
from core.networks.building import build
from core.runs import weights


class Corner(nn.Module):
    """Says class 1 the surer, the brighter the upper left corner is."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 2, 8, stride=8)
        self.last = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.first(x)[:, :, 0, 0])


def _corner() -> Corner:
    with torch.device("meta"):
        model = Corner()
    model = model.to_empty(device="cpu")
    with torch.no_grad():
        model.first.weight.fill_(1 / 192)
        model.last.weight.copy_(torch.tensor([[0.0, 0.0], [4.0, 4.0]]))
        model.first.bias.zero_()
        model.last.bias.zero_()
    return model.eval()


@pytest.fixture
def image() -> torch.Tensor:
    made = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) - 0.5
    made[:, :, :8, :8] += 1.5
    return made


def _maps() -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    good = generator.random((32, 32), dtype=np.float32) * 0.1
    good[:8, :8] += 0.9
    return [good, 1 - good, generator.random((32, 32), dtype=np.float32)]


def test_without_noise_it_is_the_librarys_score(
    image: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, maps = _corner(), _maps()
    ours = road_scores(model, image, maps, 1, seed=0, noise=0)
    monkeypatch.setattr(
        road.NoisyLinearImputer.__init__, "__defaults__", (0, road.neighbors_weights)
    )
    metric = road.ROADCombined()
    for score, each in zip(ours, maps, strict=True):
        theirs = metric(image, each[None], [ClassifierOutputSoftmaxTarget(1)], model)
        assert score == pytest.approx(float(theirs[0]), abs=1e-5)
    assert ours[0] > 0.1 > 0 > ours[1]  # the right places, and everywhere but there
    assert ours[0] > ours[2]


def test_the_same_seed_gives_the_same_score_and_no_other_generator_is_drawn_from(
    image: torch.Tensor,
) -> None:
    state = torch.get_rng_state()
    one, again, other = (road_scores(_corner(), image, _maps(), 1, seed) for seed in (0, 0, 1))
    assert one == again
    assert one != other
    assert torch.equal(state, torch.get_rng_state())


def test_an_untrained_copy_is_as_torch_would_make_it() -> None:
    with torch.device("meta"):
        model = build(NetworkConfig("modular_97k"))
    model = model.to_empty(device="cpu")
    state = torch.get_rng_state()
    reinitialize(model, 3)
    assert torch.equal(state, torch.get_rng_state())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        fresh = build(NetworkConfig("modular_97k"))
    for (name, made), (_, torchs) in zip(
        model.state_dict().items(), fresh.state_dict().items(), strict=True
    ):
        if "norm" in name:
            assert torch.equal(made, torchs), name
        elif made.numel() > 500:  # uniform with the same bound
            assert made.abs().max() == pytest.approx(float(torchs.abs().max()), rel=0.03), name
            assert made.std() == pytest.approx(float(torchs.std()), rel=0.15), name
    first, second = (build_and_forget(seed) for seed in (3, 3))
    assert torch.equal(first, second)
    assert not torch.equal(first, build_and_forget(4))


def build_and_forget(seed: int) -> torch.Tensor:
    with torch.device("meta"):
        model = build(NetworkConfig("modular_97k"))
    model = model.to_empty(device="cpu")
    reinitialize(model, seed)
    return next(model.parameters()).detach()


def test_judging_a_map(tmp_path: Path) -> None:
    with torch.device("meta"):
        model = build(NetworkConfig("modular_97k"))
    model = model.to_empty(device="cpu")
    reinitialize(model, 11)
    about = weights.WeightsAbout(
        NetworkConfig("modular_97k"),
        shape_drawing.CLASS_NAMES,
        (0.5,) * 3,
        (0.25,) * 3,
        "Shapes",
        1,
        10.0,
    )
    path = tmp_path / "w.safetensors"
    weights.save(path, model.state_dict(), about)
    image = shape_drawing.make(10, 20).test_images[3]
    told: list[float] = []
    state = torch.get_rng_state()
    made = check_map(
        path, image, 2, method="grad_cam", layer="conv9",
        progress=lambda fraction, message: told.append(fraction),
    )  # fmt: skip
    assert torch.equal(state, torch.get_rng_state())
    for each in (made.trained, made.untrained, made.random):
        assert each.grid.shape == (6, 6)
        assert each.heat.shape == (32, 32)
        assert -0.5 <= each.road <= 0.5
    assert len(made.random_scores) == sanity_checks.RANDOM_MAPS
    assert made.random_scores[0] == made.random.road
    assert not np.allclose(made.trained.grid, made.untrained.grid)
    assert told == sorted(told)
    assert told[-1] == 1
    # A seed of the copy that is that of the network itself: the very same map, the same score.
    twin = check_map(path, image, 2, method="grad_cam", layer="conv9", seed=11)
    np.testing.assert_allclose(twin.trained.grid, twin.untrained.grid, atol=1e-5)
    assert twin.trained.road == pytest.approx(twin.untrained.road, abs=1e-4)
    assert twin.correlation == pytest.approx(1)
