import copy
import json
import pickle
from typing import Any

import pytest
import yaml

from core.augment.code.url import from_link, to_link
from core.augment.policies import POLICIES, name_of, named
from core.augment.policy import MAX_TRANSFORMS, Policy, Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.transforms.parameters import resolve_fill
from core.errors import LabError

HOLE: dict[str, Any] = {"hole_height_range": (16, 16), "hole_width_range": (16, 16)}

REFUSED = [
    ("CoarseDropout", {**HOLE, "hole_height_range": (16, 40)}, "hole_height_range", "1 to 32"),
    ("CoarseDropout", {**HOLE, "hole_width_range": (0, 16)}, "hole_width_range", "1 to 32"),
    ("CoarseDropout", {**HOLE, "hole_width_range": (16, 1)}, "hole_width_range", "lower one first"),
    ("CoarseDropout", {"hole_height_range": (8, 8)}, "hole_height_range", "both"),
    ("CoarseDropout", {"num_holes_range": (0, 1)}, "num_holes_range", "1 to 16"),
    ("CoarseDropout", {"num_holes_range": (1.5, 2)}, "num_holes_range", "whole"),
    ("CoarseDropout", {"fill": "pink"}, "fill", "mean"),
    ("CoarseDropout", {"fill": (1, 2)}, "fill", "three"),
    ("CoarseDropout", {"fill": 256}, "fill", "255"),
    ("HorizontalFlip", {"p": 1.01}, "p", "0 to 1"),
    ("HorizontalFlip", {"p": -0.1}, "p", "0 to 1"),
    ("HorizontalFlip", {"p": float("nan")}, "p", "0 to 1"),
    ("HorizontalFlip", {"p": "often"}, "p", "0 to 1"),
    ("HorizontalFlip", {"p": True}, "p", "0 to 1"),
    ("ShiftScaleRotate", {"rotate_limit": (30, -30)}, "rotate_limit", "lower one first"),
    ("ShiftScaleRotate", {"shift_limit": (0, 7)}, "shift_limit", "-0.5 to 0.5"),
    ("ShiftScaleRotate", {"rotate_limit": [1, 2, 3]}, "rotate_limit", "two numbers"),
    ("ShiftScaleRotate", {"border_mode": "mirror"}, "border_mode", "reflect_101"),
    ("ShiftScaleRotate", {"max_holes": 1}, "max_holes", "rotate_limit"),
    ("Normalize", {"std": (0, 0.2, 0.2)}, "std", "0.01 to 1"),
    ("RandomCrop", {"padding": 3.5}, "padding", "whole"),
    ("MixUp", {"alpha": 0}, "alpha", "0.05 to 8"),
    ("Affine", {"keep_ratio": 1}, "keep_ratio", "true or false"),
]


@pytest.mark.parametrize(("name", "parameters", "field", "allowed"), REFUSED)
def test_nonsense_is_refused_naming_field_and_range(
    name: str, parameters: dict[str, Any], field: str, allowed: str
) -> None:
    with pytest.raises(LabError) as caught:
        Transform(name, parameters)
    assert name in str(caught.value)
    assert field in str(caught.value)
    assert allowed in str(caught.value)
    assert str(caught.value).count(". ") == 0  # one sentence


def test_an_unknown_transform_lists_the_choices() -> None:
    with pytest.raises(LabError, match="HorizontalFlip, ShiftScaleRotate, CoarseDropout"):
        Transform("Flip")


@pytest.mark.parametrize(
    "plain",
    [
        {"transforms": [{"name": "HorizontalFlip"}] * 10_000},
        {"transforms": [{"name": "HorizontalFlip"}] * (MAX_TRANSFORMS + 1)},
        {"transforms": "HorizontalFlip"},
        {"transforms": [1]},
        {"transforms": [{"p": 0.5}]},
        {"steps": []},
        [],
    ],
)
def test_plain_values_that_are_no_policy_are_refused(plain: Any) -> None:
    with pytest.raises(LabError):
        Policy.from_dict(plain)


ORDERS = [
    (("Normalize", "ColorJitter"), "put it before Normalize"),
    (("Normalize", "GaussNoise"), "put it before Normalize"),
    (("Normalize", "Normalize"), "twice"),
    (("CutMix", "HorizontalFlip"), "put CutMix last"),
    (("MixUp", "Normalize"), "put MixUp last"),
]


@pytest.mark.parametrize(("names", "advice"), ORDERS)
def test_an_order_that_destroys_images_is_refused(names: tuple[str, ...], advice: str) -> None:
    with pytest.raises(LabError, match=advice):
        Policy(tuple(Transform(name) for name in names))
    Policy(tuple(Transform(name) for name in reversed(names)) if names[0] != names[1] else ())


def test_colors_below_zero_are_for_normalized_images_alone() -> None:
    hole = Transform("CoarseDropout", {"fill": -1})
    assert Policy((Transform("Normalize"), hole)).normalizes
    with pytest.raises(LabError, match="before Normalize"):
        Policy((hole,))


def test_one_number_stands_for_a_range_as_in_albumentations() -> None:
    assert Transform("ShiftScaleRotate", {"rotate_limit": 15}).parameters["rotate_limit"] == (
        -15,
        15,
    )
    assert Transform("ColorJitter", {"brightness": 0.2}).parameters["brightness"] == (0.8, 1.2)
    assert Transform("Affine", {"scale": 1.2}).parameters["scale"] == (1.2, 1.2)
    with pytest.raises(LabError, match="two whole numbers"):
        Transform("CoarseDropout", {**HOLE, "num_holes_range": 1})


def test_a_policy_is_a_value() -> None:
    policy = named("assignment")
    assert policy == Policy.from_dict(policy.to_dict())
    assert hash(policy) == hash(pickle.loads(pickle.dumps(policy)))
    assert copy.deepcopy(policy) == policy
    assert policy != Policy(policy.transforms[:2])
    with pytest.raises((AttributeError, TypeError)):
        policy.transforms = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        policy.transforms[0].parameters["p"] = 0.1  # type: ignore[index]


def one_of_each() -> list[Policy]:
    """Every transform alone, with its defaults and with each choice and switch changed."""
    made = []
    for name, record in TRANSFORMS.items():
        made.append(Policy((Transform(name),)))
        for parameter in record.parameters:
            for value in (*parameter.choices, not parameter.default):
                if parameter.kind in ("choice", "switch", "fill") and value is not False:
                    if isinstance(value, bool) and parameter.kind != "switch":
                        continue
                    made.append(Policy((Transform(name, {parameter.name: value}),)))
    return made


def test_every_policy_survives_json_yaml_and_the_address() -> None:
    policies = [entry.policy for _, entry in POLICIES.items()] + one_of_each()
    policies.append(
        Policy((
            Transform("CoarseDropout", {"hole_height_range": (0.1, 0.25),
                                        "hole_width_range": (0.2, 0.3), "fill": (1, 2.5, 3)}),
            Transform("Normalize", {"mean": (0.1, 0.2, 0.3)}), Transform("MixUp"),
        ))
    )  # fmt: skip
    for policy in policies:
        plain = policy.to_dict()
        assert Policy.from_dict(json.loads(json.dumps(plain))) == policy
        assert Policy.from_dict(yaml.safe_load(yaml.safe_dump(plain))) == policy
        if policy.transforms:
            assert from_link(to_link(policy)) == policy


def test_a_named_policy_is_its_name_in_the_address() -> None:
    assert to_link(named("assignment")) == "assignment"
    assert from_link("none") == Policy()


@pytest.mark.parametrize(
    "text",
    ["x" * 5000, "~".join(["ToGray"] * 21), "ToGray;p", "ToGray;p=2", "nothing", "", "a;b=c"],
)
def test_a_broken_address_is_refused(text: str) -> None:
    with pytest.raises(LabError):
        from_link(text)


def test_the_assignment_s_policy_is_what_the_assignment_prescribes() -> None:
    flip, shift, hole = named("assignment").transforms
    assert (flip.name, shift.name, hole.name) == (
        "HorizontalFlip", "ShiftScaleRotate", "CoarseDropout",
    )  # fmt: skip
    assert hole.parameters["num_holes_range"] == (1, 1)
    assert hole.parameters["hole_height_range"] == hole.parameters["hole_width_range"] == (16, 16)
    assert hole.parameters["fill"] == "mean"
    assert shift.parameters["shift_limit"] == (-0.0625, 0.0625)
    assert name_of(named("assignment")) == "assignment"


def test_each_document_has_a_policy() -> None:
    assert {f"seed_00{number}" for number in range(5)} <= set(POLICIES)
    assert named("none") == Policy()


def test_the_mean_is_resolved_against_the_data_set() -> None:
    mean = (0.5, 0.4, 0.2)
    assert resolve_fill("mean", mean) == pytest.approx((127.5, 102, 51))
    assert resolve_fill("unscaled_mean", mean) == mean
    assert resolve_fill((1, 2, 3), mean) == (1, 2, 3)


def test_records_say_what_a_page_needs() -> None:
    for name, record in TRANSFORMS.items():
        assert record.name == name
        assert record.label
        assert record.help.endswith((".", ")"))
        assert 1 <= record.main <= len(record.parameters)
        for parameter in record.parameters:
            assert parameter.label
            assert parameter.help.endswith(".")
            assert parameter.checked(name, parameter.default) == parameter.default
            if parameter.kind == "choice":
                assert parameter.default in parameter.choices
