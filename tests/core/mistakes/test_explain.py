"""Heat maps against Grad-CAM written out by hand, on a copy, and from many threads at once."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn
from torch.nn import functional as F

from core.config.run_config import NetworkConfig
from core.data import shape_drawing
from core.errors import LabError
from core.mistakes.cam import explain
from core.mistakes.cam.layers import chosen_layer, conv_layers, default_layer
from core.mistakes.cam.methods import METHODS
from core.runs import weights

MEAN, STD = (0.5, 0.45, 0.4), (0.25, 0.3, 0.2)
ABOUT = weights.WeightsAbout(
    NetworkConfig("modular_97k"), shape_drawing.CLASS_NAMES, MEAN, STD, "Shapes", 1, 10.0
)


class Small(nn.Module):
    """A convolution whose output the next step overwrites in place, and one with a 1x1 map."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.second = nn.Conv2d(6, 8, 3, stride=4, padding=1)
        self.head = nn.Conv2d(8, 10, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.second(self.relu(self.first(x))))
        return self.head(x.mean((2, 3), keepdim=True)).flatten(1)


def _filled(model: nn.Module, seed: int = 0) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return model.eval()


@pytest.fixture(scope="module")
def images() -> Tensor:
    return shape_drawing.make(20, 40, seed=8).test_images


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A weights file of `Small`, which no catalogue knows."""
    monkeypatch.setattr("core.networks.building.build", lambda network, classes: Small())
    weights.save(tmp_path / "small.safetensors", _filled(Small()).state_dict(), ABOUT)
    return tmp_path / "small.safetensors"


@pytest.fixture
def modular(tmp_path: Path) -> Path:
    from core.networks.building import build

    with torch.device("meta"):
        model = build(NetworkConfig("modular_97k"))
    model = _filled(model.to_empty(device="cpu"))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    weights.save(tmp_path / "modular.safetensors", model.state_dict(), ABOUT)
    return tmp_path / "modular.safetensors"


def _by_hand(images: Tensor, targets: list[int], layer: str) -> tuple[Tensor, Tensor]:
    """Activation and gradient at a layer of `Small`, without hooks and without in-place steps."""
    model = _filled(Small())
    x = (images.float() / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    first = model.first(x)
    second = model.second(F.relu(first))
    logits = model.head(F.relu(second).mean((2, 3), keepdim=True)).flatten(1)
    activation = {"first": first, "second": second}[layer]
    chosen = logits[torch.arange(len(targets)), torch.tensor(targets)].sum()
    (gradient,) = torch.autograd.grad(chosen, activation)
    return activation.detach(), gradient


@pytest.mark.parametrize("layer", ["first", "second"])
@pytest.mark.parametrize("method", ["grad_cam", "hires_cam"])
def test_equals_the_formula(small: Path, images: Tensor, layer: str, method: str) -> None:
    targets = [index % 10 for index in range(40)]  # more than one batch
    made = explain.explain(small, images, targets, method=method, layer=layer)
    activation, gradient = _by_hand(images, targets, layer)
    if method == "grad_cam":
        gradient = gradient.mean((2, 3), keepdim=True)
    expected = F.relu((gradient * activation).sum(1))
    strongest = expected.amax((1, 2))
    assert (strongest > 0).sum() > 20  # the comparison below is about something
    torch.testing.assert_close(torch.from_numpy(made.strongest), strongest, atol=1e-5, rtol=1e-3)
    grids = expected / strongest.clamp_min(1e-12)[:, None, None]
    np.testing.assert_allclose(made.grids, grids, atol=1e-3)
    assert made.layer.name == layer
    assert made.grids.shape == (40, *activation.shape[2:])


def test_the_stretched_map_is_the_librarys_but_for_its_lowest_value(
    small: Path, images: Tensor
) -> None:
    """The library takes the lowest value of each map off, which makes a weak place look empty."""
    made = explain.explain(small, images, [3] * 40, layer="second")
    assert made.heat.shape == (40, 32, 32)
    assert 0 <= made.heat.min() <= made.heat.max() <= 1
    model = _filled(Small())
    model.relu.inplace = False
    x = (images.float() / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    with GradCAM(model=model, target_layers=[model.second]) as cam:
        own = cam(x, [ClassifierOutputTarget(3)] * 40)
    lowest = made.heat.min(axis=(1, 2), keepdims=True)
    span = made.heat.max(axis=(1, 2), keepdims=True) - lowest
    np.testing.assert_allclose((made.heat - lowest) / np.maximum(span, 1e-9), own, atol=2e-3)


def test_another_class_gives_another_map(small: Path, images: Tensor) -> None:
    one, other = (explain.explain(small, images[:4], [wanted] * 4) for wanted in (0, 1))
    assert np.abs(one.grids - other.grids).max() > 0.1


@pytest.mark.parametrize("method", METHODS.names())
def test_every_method_on_a_network_of_the_catalogue(
    modular: Path, images: Tensor, method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[float] = []
    made = explain.explain(
        modular,
        images[:2],
        [1, 2],
        method=method,
        progress=lambda fraction, message: told.append(fraction),
    )
    assert made.heat.shape == (2, 32, 32)
    assert made.grids.shape == (2, made.layer.height, made.layer.width)
    assert np.isfinite(made.heat).all()
    assert np.isfinite(made.grids).all()
    assert 0 <= made.grids.min() <= made.grids.max() <= 1
    assert told[-1] == 1
    assert capfd.readouterr() == ("", "")  # no bars in the server's log
    if not METHODS[method].per_class:
        other = explain.explain(modular, images[:2], [5, 7], method=method)
        np.testing.assert_allclose(other.grids, made.grids, atol=1e-4)


def test_the_default_layer_is_the_last_with_places(small: Path, images: Tensor) -> None:
    layers = explain.layers_of(small)
    assert [(layer.name, layer.height, layer.channels) for layer in layers] == [
        ("first", 16, 6),
        ("second", 4, 8),
        ("head", 1, 10),
    ]
    assert default_layer(layers).name == "second"
    assert explain.explain(small, images[:1], [0]).layer.name == "second"
    with pytest.raises(LabError, match=r"1x1, .* 'second' for example"):
        chosen_layer(layers, "head")
    with pytest.raises(LabError, match="choose one of first, second, head"):
        chosen_layer(layers, "third")
    with pytest.raises(LabError, match="no convolution"):
        default_layer(layers[2:])


def test_a_network_without_convolutions_has_no_layers() -> None:
    assert conv_layers(nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))) == []


def test_unknown_method_lists_the_choices(small: Path, images: Tensor) -> None:
    with pytest.raises(LabError, match="choose one of grad_cam, "):
        explain.explain(small, images[:1], [0], method="saliency")


def test_a_listener_that_gives_up_ends_the_work_and_frees_the_lock(
    modular: Path, images: Tensor
) -> None:
    def leave(fraction: float, message: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explain.explain(modular, images[:4], [0] * 4, method="ablation_cam", progress=leave)
    assert explain.explain(modular, images[:1], [0]).heat.shape == (1, 32, 32)


def test_one_at_a_time(modular: Path, images: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for the results, which do not mix, but for the memory of a server with thirty viewers."""
    inside, most = [0], [0]
    guard = threading.Lock()
    run = explain._grids

    def counted(*arguments: object) -> object:
        with guard:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.05)
        try:
            return run(*arguments)
        finally:
            with guard:
                inside[0] -= 1

    monkeypatch.setattr(explain, "_grids", counted)
    threads = [
        threading.Thread(target=explain.explain, args=(modular, images[:1], [0])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def _trained(steps: int) -> list[Tensor]:
    """A little training, by itself reproducible: what must not change because somebody looks."""
    with torch.device("meta"):  # where the constructor draws nothing
        model = Small()
    model = _filled(model.to_empty(device="cpu"), seed=3).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    generator = torch.Generator().manual_seed(9)
    for _ in range(steps):
        x = torch.randn(16, 3, 32, 32, generator=generator)
        y = torch.randint(0, 10, (16,), generator=generator)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    return [parameter.detach().clone() for parameter in model.parameters()]


def test_eight_at_once_while_a_network_trains(modular: Path, images: Tensor) -> None:
    alone, undisturbed = explain.explain(modular, images[:8], [4] * 8), _trained(60)
    state = torch.get_rng_state()
    results: list[explain.Maps] = []
    threads = [
        threading.Thread(
            target=lambda: results.append(explain.explain(modular, images[:8], [4] * 8))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    disturbed = _trained(60)
    for thread in threads:
        thread.join()
    assert len(results) == 8
    for made in results:
        np.testing.assert_allclose(made.grids, alone.grids, atol=1e-5)
    for one, other in zip(undisturbed, disturbed, strict=True):
        assert torch.equal(one, other)
    assert torch.equal(state, torch.get_rng_state())  # nothing was drawn from training's generator
