"""Tables of layers with anything in them: a sentence or a working network, never a traceback."""

import json

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks import layer_settings
from core.networks.building import build
from core.networks.export import source
from core.networks.layer_kinds import LAYER_KINDS
from core.networks.table import build_layers

small = st.integers(1, 5)
odd = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 5000), st.floats(), st.text(max_size=8),
    st.sampled_from([10**400, -(10**400), "9" * 400, "\ud800", "1x", "x", "²"]),
    st.sampled_from([[], [1, 2], [[]], {}]),
    st.lists(st.integers(0, 9), max_size=3),
)  # fmt: skip
words = {
    "type": st.sampled_from(list(LAYER_KINDS)),
    "name": st.one_of(st.none(), st.sampled_from(["a", "b", "c", "forward", "image", "2x", ""])),
    "from": st.one_of(st.none(), st.sampled_from(["image", "conv1", "a", "a, b", "relu1,conv1"])),
    "channels": st.one_of(small, st.just("classes"), st.just("8")),
    "kernel": st.one_of(small, st.sampled_from(["3", "1x5", [3, 1], 40])),
    "stride": small,
    "padding": st.one_of(st.integers(0, 4), st.just("same")),
    "dilation": small,
    "groups": st.sampled_from([1, 1, 2, 3]),
    "bias": st.booleans(),
    "p": st.floats(0, 0.9),
}
usual = st.fixed_dictionaries(
    {"type": words["type"]}, optional={k: v for k, v in words.items() if k != "type"}
)
strange = st.one_of(
    st.tuples(usual, st.sampled_from(list(words)), odd).map(lambda t: {**t[0], t[1]: t[2]}),
    st.dictionaries(st.one_of(st.text(max_size=5), st.sampled_from(list(words))), odd, max_size=4),
    odd,
)
tables = st.one_of(
    st.lists(usual, max_size=8),
    st.lists(st.one_of(usual, usual, usual, strange), max_size=6),
    odd,
)
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def refused_or_works(layers, classes=10):
    try:
        network = build(NetworkConfig("drawn", layers), classes) if layers else None
    except LabError as error:
        text = str(error)
        assert len(text) < 1500
        text.encode()
        return False
    if network is None:  # an empty table names a saved network
        return False
    with torch.no_grad():
        assert network.eval()(torch.zeros(2, 3, 32, 32)).shape[0] == 2
    compile(source(layers), "model.py", "exec")
    return True


def drawn(examples):
    worked = refused = 0

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=QUIET)
    @given(tables)
    def check(layers):
        nonlocal worked, refused
        if refused_or_works(layers):
            worked += 1
        else:
            refused += 1

    check()
    return worked, refused


def test_two_thousand_tables():
    worked, refused = drawn(2_000)
    assert worked > 100
    assert refused > 300


@pytest.mark.generated
def test_twenty_thousand_tables():
    drawn(20_000)


BAD = {
    "no table": [{"type": "conv"}, 3],
    "a list": [[1, 2]],
    "a number of 400 digits": [{"type": "conv", "channels": 10**400}],
    "text of 400 digits": [{"type": "conv", "kernel": "9" * 400}],
    "infinity": [{"type": "conv", "stride": float("inf")}],
    "not a number": [{"type": "dropout", "p": float("nan")}],
    "a lone surrogate": [{"type": "conv", "name": "\ud800"}],
    "a long word": [{"type": "x" * 100_000}],
    "a kind that is a list": [{"type": ["conv"]}],
    "yes": [{"type": "conv", "bias": "yes"}],
    "true channels": [{"type": "conv", "channels": True}],
    "too many weights": [{"type": "conv", "channels": 4096, "kernel": 99}] * 2,
    "too large a map": [{"type": "conv", "channels": 4096, "kernel": 1, "padding": 4000}],
    "too much work": [{"type": "max_pool", "kernel": 4001, "stride": 1, "padding": 2000}],
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_refused_in_a_sentence(name):
    with pytest.raises(LabError) as caught:
        build_layers(BAD[name])
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("kind", ["max_pool", "avg_pool", "global_pool", "conv", "depthwise"])
def test_a_map_is_asked_for_after_flatten(kind):
    layers = [{"type": "conv", "channels": 4}, {"type": "flatten", "name": "flat"}, {"type": kind}]
    with pytest.raises(LabError, match=r"Row 3 .*needs a map, and flat gives 4096 numbers"):
        build_layers(layers)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(3, (3, 3)), ("3", (3, 3)), ("1x5", (1, 5)), (" 2 × 4 ", (2, 4)), ([5, 1], (5, 1))],
)
def test_sizes(given, expected):
    assert layer_settings.size(given, "kernel", 1) == expected


def test_what_worked_can_be_saved_and_read_as_json():
    layers = [{"type": "conv", "channels": "classes", "kernel": [3, 1]}, {"type": "global_pool"}]
    again = json.loads(json.dumps(layers))
    assert build_layers(again).state_dict().keys() == build_layers(layers).state_dict().keys()
