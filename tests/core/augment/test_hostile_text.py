"""Whatever is pasted or stands in an address: a policy, or a short sentence, and soon."""

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.augment.code.parse import read
from core.augment.code.render import FORMATS, write
from core.augment.code.url import from_link, to_link
from core.augment.policy import Policy
from core.augment.transforms.catalogue import TRANSFORMS
from core.errors import LabError
from tests.core.augment.strategies import policies

pytestmark = pytest.mark.filterwarnings("ignore:ShiftScaleRotate is a special case")
_ARGUMENTS = sorted({x.name for name in TRANSFORMS for x in TRANSFORMS[name].parameters})
_ARGUMENTS += [
    "always_apply",
    "max_holes",
    "min_height",
    "min_width",
    "fill_value",
    "var_limit",
    "padding",
    "height",
    "width",
    "value",
    "shift_limit_x",
    "translate_px",
    "x",
]
_CALLS = (
    *TRANSFORMS,
    *[
        "Cutout",
        "Pad",
        "PadIfNeeded",
        "ToTensorV2",
        "Compose",
        "Sequential",
        "OneOf",
        "RandomApply",
        "Nothing",
    ],
    *("tuple", "list"),
)
_ATOMS = (
    *("0", "1", "-1", "0.5", "255", "1e308", "1e999", "-1e400", "9" * 30, "9" * 400),
    *("0x" + "f" * 4000, "'a'", "'\\ud800'", "b'x'", "None", "True", "...", "1j", "mean", "std"),
    *("a0", "cv2.BORDER_WRAP", "f'{x}'", "x.y.z", "(yield)", "lambda: 0", "'é' * 9"),
)
_TAGS = [
    "!!timestamp",
    "!!int",
    "!!bool",
    "!!set",
    "!!float",
    "!!omap",
    "!!binary",
    "!x",
    "&a",
    "*a",
    "?",
    "<<:",
]
_SCALARS = [
    "x",
    "''",
    "1:2:3",
    "2001-99-99",
    "{a:b}",
    "[1]",
    ".inf",
    "0o9",
    "'\\0'",
    "1_0",
    "~",
    "=",
    "<<",
]
_NUMBERS = ("²", "9" * 30, "9" * 400, "1e999", "-inf", "٣", "1,2", "1,,2", "--1")


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(inner, max_size=4).map(", ".join)
    keywords = st.lists(st.tuples(st.sampled_from(_ARGUMENTS), inner), max_size=4).map(
        lambda pairs: ", ".join(f"{name}={value}" for name, value in pairs)
    )
    return st.one_of(
        lists.map("({},)".format),
        lists.map("[{}]".format),
        st.tuples(inner, inner).map(lambda x: f"{{{x[0]}: {x[1]}}}"),
        st.tuples(inner, st.sampled_from("+-*/%"), inner).map(" ".join),
        st.tuples(inner, inner).map(lambda x: f"tuple({x[0]} for x in {x[1]})"),
        st.tuples(inner, inner).map(lambda x: f"({x[0]})[{x[1]}]"),
        st.tuples(inner, st.sampled_from(["10**9", "999999999", "60"])).map(" * ".join),
        st.tuples(st.sampled_from(_CALLS), lists).map(lambda x: f"A.{x[0]}({x[1]})"),
        st.tuples(st.sampled_from(_CALLS), keywords).map(lambda x: f"A.{x[0]}({x[1]})"),
        st.tuples(st.sampled_from(_CALLS), inner).map(lambda x: f"A.{x[0]}(**{x[1]})"),
    )


EXPRESSIONS = st.recursive(st.sampled_from(_ATOMS), _grown, max_leaves=12)


@st.composite
def code(draw: st.DrawFn) -> str:
    """Python that names grow in, with calls of albumentations in it."""
    lines = [f"a0 = {draw(EXPRESSIONS)}"]
    for number in range(1, draw(st.integers(1, 5))):
        entries = ", ".join([f"a{number - 1}"] * draw(st.sampled_from((1, 3, 60))))
        lines.append(
            f"a{number} = {draw(st.sampled_from(('({},)', '[{}]', '{}')))}".format(entries)
        )
    steps = ", ".join(draw(st.lists(EXPRESSIONS, min_size=1, max_size=3)))
    lines.append(
        draw(st.sampled_from(("A.Compose([{}])", "[{}]", "{}", "t = A.Compose([{}], p={})")))
    )
    return "\n".join(lines).replace("{}", steps)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(10**400), 10**400) | st.text(max_size=9)
    | st.sampled_from(_ARGUMENTS),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.sampled_from(_ARGUMENTS), x, max_size=4),
    max_leaves=12,
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> Any:
    """Nearly a policy, as a table: names and values that may be anything."""
    step = st.fixed_dictionaries(
        {"name": st.sampled_from([*TRANSFORMS, "x"])},
        optional=dict.fromkeys(_ARGUMENTS[:12], PLAIN),
    )
    library = st.fixed_dictionaries(
        {"__class_fullname__": st.sampled_from(_CALLS)},
        optional={"transforms": st.lists(PLAIN, max_size=2), "p": PLAIN, "fill": PLAIN},
    )
    return draw(
        st.fixed_dictionaries({"transforms": st.lists(step | library | PLAIN, max_size=3) | PLAIN})
        | st.fixed_dictionaries({"transform": library | PLAIN})
        | st.lists(step, max_size=2)
        | library
        | PLAIN
    )


@st.composite
def yaml_text(draw: st.DrawFn) -> str:
    tag = draw(st.sampled_from(["", *(f"{tag} " for tag in _TAGS)]))
    value = draw(st.sampled_from(_SCALARS))
    return (
        f"transforms:\n- name: ToGray\n  p: {tag}{value}\n- {tag}{value}\n{tag}{value}: {value}\n"
    )


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """What the lab wrote, with a piece cut out, doubled or replaced."""
    text = write(draw(policies()), draw(st.sampled_from(FORMATS)))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(start + 40, len(text))))
    return text[:start] + draw(st.text(max_size=8) | st.just(text[start:end] * 3)) + text[end:]


TEXTS = st.one_of(code(), tables().map(json.dumps), yaml_text(), damaged(), st.text(max_size=200))


def check_said(*said: str) -> None:
    """Short and printable."""
    for words in said:
        assert len(words) < 900, words
        assert words.encode("utf-8")


def check_text(text: str) -> None:
    """Reads it, soon, and looks at what is said."""
    start = time.process_time()
    try:
        said = [finding.words for finding in read(text).findings]
    except LabError as error:
        said = [str(error)]
    assert time.process_time() - start < 5, "a page would wait for this"
    check_said(*said)


def check_link(text: str) -> None:
    try:
        policy = from_link(text)
    except LabError as error:
        check_said(str(error))
    else:
        assert not policy.transforms or from_link(to_link(policy)) == policy


quick = settings(
    max_examples=2_000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
generated = settings(quick, max_examples=20_000, derandomize=False)
LINKS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from([*TRANSFORMS, "assignment", ";", "~", "=", ",", "p", "fill", "²", "9" * 30,
                         "9" * 400, "nan", "inf", "-", "true", *_ARGUMENTS]),
        max_size=12,
    ).map("".join),
    st.tuples(
        st.sampled_from(TRANSFORMS.names()), st.sampled_from(_ARGUMENTS), st.sampled_from(_NUMBERS)
    ).map(lambda x: f"{x[0]};{x[1]}={x[2]}"),
)  # fmt: skip


@quick
@given(text=TEXTS)
def test_a_pasted_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    check_text(text)


@pytest.mark.generated
@pytest.mark.timeout(1800)
@generated
@given(text=TEXTS)
def test_20_000_pasted_texts_are_read_or_refused_in_a_sentence(text: str) -> None:
    check_text(text)


@quick
@given(text=LINKS)
def test_an_address_is_read_or_refused_in_a_sentence(text: str) -> None:
    check_link(text)


@pytest.mark.generated
@pytest.mark.timeout(1800)
@generated
@given(text=LINKS)
def test_20_000_addresses_are_read_or_refused_in_a_sentence(text: str) -> None:
    check_link(text)


@settings(quick, max_examples=300)
@given(plain=tables())
def test_a_table_is_a_policy_or_refused_in_a_sentence(plain: Any) -> None:
    """As from a run's configuration, which JSON of any depth may hold."""
    try:
        Policy.from_dict(plain)
    except LabError as error:
        check_said(str(error))


def nested(depth: int) -> Any:
    made: Any = 1
    for _ in range(depth):
        made = [made]
    return made


SINGLE = [
    "\n".join(["a0 = (" + "1, " * 60 + ")"]
              + [f"a{n} = (" + f"a{n - 1}, " * 60 + ")" for n in range(1, 5)]
              + ["A.HorizontalFlip(p=a4)"]),
    "t = (" + "1, " * 60 + ")\nA.HorizontalFlip(p=" + "tuple(" * 8 + "x" + " for x in t)" * 8 + ")",
    "A.HorizontalFlip(p=(1, 2) * 1000000000)",
    "A.HorizontalFlip(p={{}: 1})",
    "A.GaussNoise(var_limit=(1, 2, 3))",
    "A.GaussNoise(mean='x')",
    "A.Nothing" + "x" * 10_000 + "()",
    "A.HorizontalFlip(" + "x" * 15_000 + "=1)",
    "A.HorizontalFlip(p='" + "x" * 15_000 + "')",
    "A.HorizontalFlip(p=" + "'\\ud800'" + ")",
    "A.PadIfNeeded(min_height={1: 2}, min_width={1: 2})",
    "A.HorizontalFlip(p=0x" + "f" * 15_000 + ")",
    '{"transforms": "' + "x" * 15_000 + '"}',
    "transforms: " + "x" * 15_000,
    "transforms: !!timestamp x",
]  # fmt: skip


@pytest.mark.parametrize("text", SINGLE, ids=lambda text: text[:40])
def test_what_froze_the_server_or_was_repeated_whole(text: str) -> None:
    with pytest.raises(LabError):
        read(text)
    check_text(text)


@pytest.mark.parametrize(
    "value", [10**400, nested(5_000), "\ud800", {"a": nested(3_000)}, b"x", 1j]
)
def test_a_value_of_any_kind_is_refused_in_a_sentence(value: Any) -> None:
    for plain in (value, {"transforms": value}, {"transforms": [value]},
                  {"transforms": [{"name": "ToGray", "p": value}]},
                  {"transforms": [{"name": value}]}):  # fmt: skip
        with pytest.raises(LabError) as caught:
            Policy.from_dict(plain)
        check_said(str(caught.value))
