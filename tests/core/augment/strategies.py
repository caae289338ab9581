"""Random policies, made from the records: any transform, any parameter, any value it may have."""

from typing import Any

from hypothesis import strategies as st

from core.augment.policy import Policy, Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.transforms.parameters import FILLS, ParameterRecord
from core.errors import LabError

Values = st.SearchStrategy[Any]


def _numbers(entry: ParameterRecord) -> Values:
    grid = st.integers(0, round((entry.maximum - entry.minimum) / entry.step))
    on_grid = grid.map(lambda n: round(entry.minimum + n * entry.step, 6))
    any_number = st.floats(entry.minimum, entry.maximum).map(lambda x: float(f"{x:.10g}"))
    return (on_grid | any_number).map(lambda x: min(max(x, entry.minimum), entry.maximum))


def _whole(entry: ParameterRecord) -> Values:
    return st.integers(int(entry.minimum), int(entry.maximum))


def _pairs(values: Values) -> Values:
    return st.tuples(values, values).map(lambda pair: tuple(sorted(pair)))


def _triples(values: Values) -> Values:
    return st.tuples(values, values, values)


def _values(entry: ParameterRecord) -> Values:
    shares = st.floats(0.01, 0.99).map(lambda x: round(x, 4))
    made: dict[str, Values] = {
        "probability": _numbers(entry),
        "number": _numbers(entry),
        "whole": _whole(entry),
        "range": _pairs(_numbers(entry)),
        "whole_range": _pairs(_whole(entry)),
        "size_range": _pairs(_whole(entry)) | _pairs(shares),
        "choice": st.sampled_from(entry.choices or ("",)),
        "switch": st.booleans(),
        "fill": st.sampled_from((*FILLS, *entry.choices)) | _triples(st.integers(0, 255)),
        "channels": st.just("data") | _triples(_numbers(entry)),
    }
    return made[entry.kind]


@st.composite
def transforms(draw: st.DrawFn) -> Transform | None:
    """Any transform with any of its parameters set; None where these do not go together."""
    record = TRANSFORMS[draw(st.sampled_from(TRANSFORMS.names()))]
    given = {x.name: draw(_values(x)) for x in record.parameters if draw(st.booleans())}
    try:
        return Transform(record.name, given)
    except LabError:
        return None


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Up to six transforms in an order that a policy allows."""
    found = [x for x in draw(st.lists(transforms(), max_size=6)) if x is not None]
    kept: list[Transform] = []
    for entry in found:
        try:
            kept = list(Policy((*kept, entry)).transforms)
        except LabError:
            continue
    return Policy(tuple(kept))
