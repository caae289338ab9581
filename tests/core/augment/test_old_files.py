"""Policies in links, run folders and code as the lab wrote them at 662d836 mean what they meant."""

import json
from typing import Any

import pytest

from core.augment.code.parse import read
from core.augment.code.url import from_link, to_link
from core.augment.policies import named
from core.augment.policy import Policy
from core.augment.transforms.catalogue import TRANSFORMS
from core.paths import REPOSITORY

THEN = REPOSITORY / "tests" / "fixtures" / "662d836"
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
WRITTEN: dict[str, dict[str, Any]] = json.loads((THEN / "policies.json").read_text("utf-8"))


def test_the_fixture_holds_every_transform_of_then() -> None:
    names = {x["name"] for entry in WRITTEN.values() for x in entry["policy"]["transforms"]}
    assert len(names) == 17
    assert names <= set(TRANSFORMS)


@pytest.mark.parametrize("name", WRITTEN)
def test_plain_values_links_and_code_of_then_are_one_policy(name: str) -> None:
    entry = WRITTEN[name]
    policy = Policy.from_dict(entry["policy"])
    assert policy.to_dict() == entry["policy"]
    assert from_link(entry["link"]) == policy
    assert to_link(policy) == entry["link"]
    for form in ("albumentations-2", "albumentations-1"):
        assert read(entry[form], MEAN, STD).policy == policy


def test_named_policies_are_what_they_were() -> None:
    for name in ("seed_004", "sprint", "assignment"):
        assert named(name).to_dict() == WRITTEN[name]["policy"]


def test_the_address_of_then_opens() -> None:
    address = (THEN / "addresses.txt").read_text("utf-8").splitlines()[0]
    link = address.partition("policy=")[2].partition("&")[0]
    flip, hole = from_link(link).transforms
    assert (flip.name, flip.parameters["p"]) == ("HorizontalFlip", 0.4)
    assert hole.parameters["hole_height_range"] == (8, 8)
    assert hole.parameters["fill"] == "mean"


def test_the_run_s_policy_is_the_assignment_s() -> None:
    [file] = (THEN / "runs").glob("*/config.json")
    assert Policy.from_dict(json.loads(file.read_text("utf-8"))["policy"]) == named("assignment")
