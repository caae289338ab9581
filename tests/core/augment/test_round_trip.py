"""A policy that is written comes back, in every spelling, or the text says what of it did not."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from core.augment.code.parse import Reading, read
from core.augment.code.render import FORMATS, write
from core.augment.code.url import from_link, to_link
from core.augment.policy import Policy, Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.errors import LabError
from tests.core.augment.strategies import policies

pytestmark = pytest.mark.filterwarnings("ignore:ShiftScaleRotate is a special case")
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
KNOWN = [(MEAN, STD), (None, None), ((0.31, 0.22, 0.63), (0.21, 0.22, 0.23))]
quick = settings(
    max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
thorough = settings(quick, max_examples=20_000)


def in_effect(policy: Policy) -> tuple[Transform, ...]:
    """What is carried out: a Normalize by the data set's own numbers ends a policy in any case."""
    batch = policy.transforms[len(policy.image_steps) :]
    return (*policy.normalized_steps, *batch)


def unsaid(policy: Policy, form: str, known: tuple[Any, Any]) -> list[str]:
    """What of the policy is not what it was after writing and reading, and is said nowhere."""
    text = write(policy, form, *known)
    reading: Reading = read(text, *known)
    if form in ("json", "yaml"):
        return [] if reading.policy == policy else [text]
    went, came = in_effect(policy), in_effect(reading.policy)
    if [x.name for x in went] != [x.name for x in came]:
        return [text]
    said = {(x.transform, x.argument.replace("fill_value", "fill")) for x in reading.findings}
    said |= {(name, "fill") for name, argument in said if argument in ("value", "cval")}
    said |= set(re.findall(r"# Not kept: (\w+)'s (\w+)=", text))
    return [
        f"{one.name}.{name}: {value} -> {other.parameters[name]}"
        for one, other in zip(went, came, strict=True)
        for name, value in one.parameters.items()
        if other.parameters[name] != value and (one.name, name) not in said
    ]


@pytest.mark.parametrize("form", FORMATS)
@quick
@given(policy=policies())
def test_every_spelling_brings_a_policy_back(form: str, policy: Policy) -> None:
    assert unsaid(policy, form, KNOWN[0]) == []


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("known", KNOWN[1:])
@settings(quick, max_examples=50)
@given(policy=policies())
def test_so_it_does_where_the_data_set_is_another(
    form: str, known: tuple[Any, Any], policy: Policy
) -> None:
    assert unsaid(policy, form, known) == []


@pytest.mark.generated
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("form", FORMATS)
@thorough
@given(policy=policies())
def test_every_spelling_brings_20_000_policies_back(form: str, policy: Policy) -> None:
    assert unsaid(policy, form, KNOWN[0]) == []


@settings(quick, max_examples=200)
@given(policy=policies())
def test_the_address_brings_a_policy_back(policy: Policy) -> None:
    link = to_link(policy)
    assert len(link) < 4_000
    assert from_link(link) == policy


CHANGED = [
    ("A.Compose([A.HorizontalFlip(p=0.5)], p=0.3)", {"p": 0.15}),
    ("A.Compose([A.Compose([A.HorizontalFlip(p=0.5)], p=0.4)])", {"p": 0.2}),
    ("A.Compose([A.Sequential([A.HorizontalFlip(p=1)])])", {"p": 0.5}),
    ("A.Sequential([A.Pad(padding=4), A.RandomCrop(32, 32)], p=0.7)", {"p": 0.7, "padding": 4}),
    ("A.Compose([A.Normalize()])", {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}),
    ("A.Compose([A.Normalize(mean=(0.4914, 0.4822, 0.4465), std=(.5, .5, .5))])",
     {"mean": "data", "std": (0.5, 0.5, 0.5)}),
    ("m = (0.4914, 0.4822, 0.4465)\nA.Compose([A.Normalize(mean=m, std=(.5, .5, .5))])",
     {"mean": "data", "std": (0.5, 0.5, 0.5)}),
    ("mean = std = None\nA.Compose([A.Normalize(mean=mean, std=(.5, .5, .5))])",
     {"mean": "data", "std": (0.5, 0.5, 0.5)}),
    ("half = (0.5, 0.5, 0.5)\nA.Compose([A.Normalize(mean=half, std=half)])",
     {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}),
    ("A.RandomBrightnessContrast(always_apply=True)", {"p": 1.0}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), CHANGED)
def test_what_used_to_change_silently_is_kept(text: str, wanted: dict[str, Any]) -> None:
    [step] = read(text, MEAN, STD).policy.transforms
    assert {name: step.parameters[name] for name in wanted} == wanted


REFUSED = [
    "A.Compose([A.HorizontalFlip(), A.ToGray()], p=0.3)",
    "A.Compose([A.Compose([A.HorizontalFlip(), A.ToGray()], p=0.3)])",
    "A.Compose([A.Sequential([A.HorizontalFlip(), A.ToGray()])])",
    "A.Compose([A.Normalize(mean=mean, std=std)], p=0.3)",
    "A.Compose([A.HorizontalFlip()], p=often)",
    '{"__class_fullname__": "Compose", "p": 0.3, "transforms": [{"__class_fullname__": "ToGray"},'
    ' {"__class_fullname__": "HorizontalFlip"}]}',
]


@pytest.mark.parametrize("text", REFUSED)
def test_a_probability_of_a_whole_that_cannot_be_kept_is_said(text: str) -> None:
    with pytest.raises(LabError, match=r"together or not at all|cannot be found"):
        read(text)


def test_what_always_apply_was_is_a_whole_sentence() -> None:
    findings = read("A.HorizontalFlip(always_apply=True)").findings
    [words] = [x.words for x in findings if x.argument == "always_apply"]
    assert words.endswith(
        "ignores always_apply=True and goes by p, which is 0.5 unless given; write p=1.0 instead."
    )


def test_the_library_s_defaults_are_the_lab_s_but_for_normalize() -> None:
    """What is not given in code means what the library takes; where that differs, it is said."""
    from core.augment.engine.library import accepted

    for name in TRANSFORMS:
        if accepted(name) and name != "RandomCrop":
            reading = read(f"A.{name}()")
            wanted = {"Normalize"} & {name}
            assert {x.transform for x in reading.findings} == wanted, name
            [step] = reading.policy.transforms
            assert name == "Normalize" or step == Transform(name)
