"""Networks saved from the editor."""

import pytest

from core.config.run_config import NetworkConfig, RunConfig
from core.errors import LabError
from core.networks import saved
from core.networks.building import build, names, resolve

LAYERS = (
    {"type": "conv", "name": "conv1", "channels": "classes", "kernel": 3, "stride": 2},
    {"type": "global_pool", "name": "pool1"},
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CIFAR10_LAB_HOME", str(tmp_path))
    return tmp_path


def test_saved_network_is_found_built_and_carried_by_a_run():
    saved.save("mine", LAYERS)
    assert "mine" in names()
    network = resolve("mine")
    config = RunConfig.from_dict(RunConfig(network=network).to_dict())
    saved.delete("mine")
    assert "mine" not in names()
    # The run's settings hold the layers, so it can be built after the file is gone.
    assert sum(p.numel() for p in build(config.network, 4).parameters()) == 3 * 4 * 9


def test_nothing_is_overwritten_unasked():
    saved.save("mine", LAYERS)
    with pytest.raises(LabError, match="choose another name or replace"):
        saved.save("mine", LAYERS[:1])
    assert saved.load("mine").layers == LAYERS
    saved.save("mine", LAYERS[:1], replace=True)
    assert saved.load("mine").layers == LAYERS[:1]


@pytest.mark.parametrize("name", ["", "../evil", "Mine", "a b", "x" * 50, "1st", "modular_97k"])
def test_bad_names(name, home):
    with pytest.raises(LabError):
        saved.save(name, LAYERS)
    assert list(home.rglob("*.json")) == []


def test_a_damaged_file_says_what_to_do(home):
    saved.save("mine", LAYERS)
    (home / "networks" / "mine.json").write_text("{")
    with pytest.raises(LabError, match=r"delete mine\.json"):
        resolve("mine")


def test_a_folder_that_cannot_be_written(home):
    (home / "networks").write_text("a file is in the way")
    with pytest.raises(LabError, match="could not be saved"):
        saved.save("mine", LAYERS)


def test_config_of_a_bare_name_builds_the_saved_one():
    saved.save("mine", LAYERS)
    assert sum(p.numel() for p in build(NetworkConfig("mine")).parameters()) == 270
