"""Networks saved from the editor."""

import shutil

import pytest

from core import paths
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


def test_a_network_saved_before_names_changed_loads_and_builds(home):
    fixture = paths.REPOSITORY / "tests/fixtures/662d836/networks/fixture_net.json"
    (home / "networks").mkdir()
    shutil.copy(fixture, home / "networks")
    network = build(resolve("fixture_net"))
    # conv 3x3 to 8 channels, its normalization, conv 3x3 to 10 classes, none with a bias
    assert sum(p.numel() for p in network.parameters()) == 3 * 8 * 9 + 2 * 8 + 8 * 10 * 9
    assert [name for name, _ in network.named_children()] == [
        "conv1", "norm1", "relu1", "conv2", "pool1",
    ]  # fmt: skip


DAMAGES = {
    "empty": b"",
    "half": b'{"name": "mine", "layers": [{"type"',
    "null": b"null",
    "a number": b"3",
    "no layers": b'{"name": "mine"}',
    "layers that are null": b'{"name": "mine", "layers": null}',
    "layers that are numbers": b'{"name": "mine", "layers": [1, 2, 3]}',
    "a layer of 400 digits": b'{"layers": [{"type": "conv", "channels": ' + b"9" * 400 + b"}]}",
    "infinity": b'{"layers": [{"type": "conv", "channels": Infinity}]}',
    "a lone surrogate": b'{"layers": [{"type": "conv", "name": "\\ud800"}]}',
    "not UTF-8": b'{"layers": [{"type": "\xff"}]}',
    "nested": b'{"layers": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "nested tables": b'{"layers": [' + b'{"type": ' * 5000 + b"1" + b"}" * 5000 + b"]}",
    "too large": b'{"layers": [' + b" " * 11_000_000 + b"]}",
    "a list in a cell": b'{"layers": [{"type": ["conv"], "name": {"a": 1}}]}',
}


def damage(home, name):
    folder = home / "networks"
    path = folder / "broken.json"
    if name == "a folder":
        path.mkdir()
    elif name == "a link to itself":
        path.symlink_to(path)
    else:
        path.write_bytes(DAMAGES[name])


@pytest.mark.parametrize("name", [*DAMAGES, "a folder", "a link to itself"])
def test_a_damaged_file_is_a_sentence_and_hides_no_other(name, home):
    saved.save("mine", LAYERS)
    damage(home, name)
    with pytest.raises(LabError) as caught:
        build(resolve("broken"))
    assert len(str(caught.value)) < 1500
    str(caught.value).encode()
    assert {"mine", "broken"} <= set(names())
    assert build(resolve("mine")) is not None
    with pytest.raises(LabError):  # it can be written anew, or the way is blocked: a sentence too
        saved.save("broken", LAYERS)
