from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.building import build
from core.runs import weights
from core.runs.weights import WeightsAbout

ABOUT = WeightsAbout(
    network=NetworkConfig("modular_97k"),
    class_names=tuple("abcdefghij"),
    mean=(0.1, 0.2, 0.3),
    std=(0.4, 0.5, 0.6),
    data="Letters",
    epoch=7,
    accuracy=12.34,
)


def test_a_file_carries_all_that_is_needed_to_use_it(tmp_path: Path) -> None:
    model = build(ABOUT.network, 10).eval()
    weights.save(tmp_path / "a.safetensors", model.state_dict(), ABOUT)
    loaded = weights.load(tmp_path / "a.safetensors")
    assert loaded.about == ABOUT
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(loaded.model(images), model(images))
    assert not loaded.model.training


def test_loading_leaves_torch_s_generator_alone(tmp_path: Path) -> None:
    """It belongs to the training loop, which may be running in another thread."""
    weights.save(tmp_path / "a.safetensors", build(ABOUT.network, 10).state_dict(), ABOUT)
    before = torch.get_rng_state()
    weights.load(tmp_path / "a.safetensors")
    assert torch.equal(torch.get_rng_state(), before)


def test_two_copies_share_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    weights.save(path, build(ABOUT.network, 10).state_dict(), ABOUT)
    first, second = weights.load(path).model, weights.load(path).model
    with torch.no_grad():
        next(first.parameters()).zero_()
    assert next(second.parameters()).abs().sum() > 0


def test_a_batch_norm_s_counter_keeps_its_type(tmp_path: Path) -> None:
    state = build(ABOUT.network, 10).state_dict()
    weights.save(tmp_path / "a.safetensors", state, ABOUT)
    loaded = weights.load(tmp_path / "a.safetensors").model.state_dict()
    assert {name: tensor.dtype for name, tensor in loaded.items()} == {
        name: tensor.dtype for name, tensor in state.items()
    }


@pytest.mark.parametrize("content", [b"", b"no safetensors at all", b"\x80\x04pickle"])
def test_what_is_no_weights_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(LabError, match=r"a\.safetensors is no safetensors file"):
        weights.load(tmp_path / "a.safetensors")


def test_a_file_of_others_is_refused(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / "a.safetensors")
    with pytest.raises(LabError, match="weights format none, this lab reads 1"):
        weights.load(tmp_path / "a.safetensors")


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    weights.save(tmp_path / "a.safetensors", {"conv.weight": torch.zeros(1)}, ABOUT)
    with pytest.raises(LabError, match="do not fit the network 'modular_97k'"):
        weights.load(tmp_path / "a.safetensors")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="There is no weights file"):
        weights.load(tmp_path / "a.safetensors")
