"""Configurations of which parts were replaced by whatever a file, an address or a form can hold.

Each is refused in one sentence, or is a config that comes back from JSON as it went.
"""

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.augment.policies import POLICIES
from core.config.run_config import RunConfig
from core.errors import LabError

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**400), 10**400),
    st.sampled_from([10**400, -(10**400), 2**31, 2**63, 2**64, 10**12, -1, 0, 1]),
    st.just(5000).map(lambda digits: 10**digits),  # past what Python turns into text
    st.floats(),
    st.sampled_from([math.nan, math.inf, -math.inf, 5e-324, 1.7e308, -0.0]),
    st.text(st.characters(codec=None, exclude_categories=()), max_size=20),
    st.sampled_from(["\ud800", "\0", "~nobody", "a" * 5000, "sgd", "../..", "<b>", "\n", "{", ""]),
    st.sampled_from([b"bytes", 1j, object(), frozenset(), ...]),
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(
            st.one_of(st.text(max_size=8), st.integers(), st.none()), inner, max_size=4
        ),
    ),
    max_leaves=8,
)
LAYERS = [{"type": "conv", "name": "conv1", "channels": 8, "kernel": [3, 3]}, {"type": "relu"}]


def deep(levels: int) -> list[Any]:
    """Lists in lists."""
    made: list[Any] = []
    for _ in range(levels):
        made = [made]
    return made


def places(plain: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can be replaced: the keys that lead there."""
    yield so_far
    if isinstance(plain, dict | list) and len(so_far) < 6:
        for key, value in plain.items() if isinstance(plain, dict) else enumerate(plain):
            yield from places(value, (*so_far, key))


def put(plain: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    inside = plain
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    return plain


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    plain = RunConfig().to_dict()
    plain["network"]["layers"] = copy.deepcopy(LAYERS)
    plain["policy"] = json.loads(
        json.dumps(POLICIES[draw(st.sampled_from(POLICIES.names()))].policy.to_dict())
    )
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from([where for where in places(plain) if where]))
        if draw(st.integers(0, 9)) == 0 and isinstance(place[-1], str):  # a field that is not there
            place = (*place[:-1], draw(st.text(max_size=8)))
        value = draw(st.one_of(JUNK, st.just(2000).map(deep)))
        plain = put(plain, place, value)
    return plain if draw(st.integers(0, 50)) else draw(JUNK)


def is_refused_or_whole(plain: Any) -> None:
    try:
        config = RunConfig.from_dict(plain)
    except LabError as error:
        message = str(error)
        assert message.encode("utf-8")
        assert "\n" not in message
        assert len(message) < 1500
    else:
        text = json.dumps(config.to_dict(), allow_nan=False)
        text.encode("utf-8")
        again = RunConfig.from_dict(json.loads(text))
        assert json.dumps(again.to_dict()) == text
        assert config.training.described()


@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_two_thousand_damaged_configurations(plain: Any) -> None:
    is_refused_or_whole(plain)


@pytest.mark.generated
@pytest.mark.timeout(1200)
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_twenty_thousand_damaged_configurations(plain: Any) -> None:
    is_refused_or_whole(plain)
