"""Layers in an address: what was written is read back, and anything else is one sentence."""

import base64
import json
import zlib

import pytest

from core.analysis.inspect import of_config
from core.analysis.summary.editor_rows import rows_of
from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.catalogue import NETWORKS
from core.networks.url import from_link, to_link


@pytest.mark.parametrize("name", ["modular_97k", "padded_97k", "summit"])
def test_a_table_comes_back_as_it_went(name: str) -> None:
    rows = rows_of(of_config(NetworkConfig(name)))
    link = to_link(rows)
    assert link is not None
    assert len(link) < 1500
    assert from_link(link) == rows
    assert name in NETWORKS


def test_a_table_too_long_for_an_address_is_left_out() -> None:
    rows = [{"type": "conv", "name": f"{number:x}" * 20} for number in range(10_000, 14_000)]
    assert to_link(rows) is None


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode("utf-8", "surrogatepass"))).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "!", "²", "\ud800", "A" * 5_000, "A" * 50_000, "<b>x</b>", "../../etc", "\x00",
        packed(""), packed("{}"), packed("[1]"), packed('["conv"]'), packed("[" * 60_000),
        packed("0" * 90_000), packed('[{"a":1e400}]'), packed('[{"a":NaN}]'), packed('[{"a":{}}]'),
        packed('[{"a":[1,2,3]}]'), packed('[{"a":[[1],2]}]'), packed('[{"a":"\\ud800"}]'),
        packed(f'[{{"a":"{"x" * 101}"}}]'), packed(f'[{{"a":{"9" * 5000}}}]'),
        packed(json.dumps([{"type": "conv"}]))[:-6], packed(" " * 10_000_000),
    ],
)  # fmt: skip
def test_what_is_no_table_is_one_sentence(text: str) -> None:
    with pytest.raises(LabError, match="layers in the address"):
        from_link(text)
