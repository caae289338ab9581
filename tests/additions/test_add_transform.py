"""A transform is added by one file: menu, both engines, words, code and command line know it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests import lab_copy

ADDED = '''
"""Solarize: what is brighter than a threshold is inverted."""

import numpy as np

from core.augment.transforms.record import Spelling, TransformRecord, uniform
from core.augment.transforms.shared_parameters import interval, probability


def _make_params(p, n, rng, shape):
    return {"threshold": uniform(rng, p["threshold_range"], n)}


def _apply(images, values, p, context):
    import torch

    threshold = torch.from_numpy(255 * values["threshold"]).view(-1, 1, 1, 1).to(images)
    return torch.where(images < threshold, images, 255 - images)


RECORDS = (
    TransformRecord(
        "Solarize", "Solarize", "Inverts what is brighter than a threshold.",
        (
            interval("threshold_range", "Threshold", "As a share of 255.", (0.5, 0.5), 0, 1, 0.05),
            probability(),
        ),
        make_params=_make_params, apply=_apply,
        describe=lambda values, p: f"inverted from {255 * float(values['threshold']):.0f} on",
        from_albumentations=lambda applied, image: {"threshold": np.asarray(applied["threshold"])},
        spelling=Spelling({"threshold": "threshold_range"}),
    ),
)
'''

FOUND = """
import json
import numpy as np, torch
from core.augment import preview
from core.augment.code.parse import read
from core.augment.code.render import FORMATS, write
from core.augment.code.url import from_link, to_link
from core.augment.engine.catalogue import choose_engine
from core.augment.policy import Policy, Transform
from core.data import shape_drawing

images = shape_drawing.make(40, 10, seed=1)
policy = Policy((Transform("Solarize", {"threshold_range": (0.2, 0.8), "p": 0.75}),))
seen = {}
for engine in ("batched", "albumentations"):
    made = preview.apply(policy, images.train_images, images.mean, images.std, 3, engine)
    wanted = images.train_images.clone()
    for index, [step] in enumerate(made.records):
        if step.changed:  # the oracle: Solarize by its definition
            levels = wanted[index].to(torch.float64)
            bright = levels >= 255 * float(step.values["threshold"])
            wanted[index] = torch.where(bright, 255 - levels, levels).to(torch.uint8)
    seen[engine] = {
        "asked": made.engine,
        "changed": sum(step.changed for [step] in made.records),
        "different": int((made.images != wanted).sum()),
        "words": made.records[0][0].words if made.records[0][0].changed else "",
    }
print(json.dumps({
    "engines": seen,
    "chosen": choose_engine(policy, "auto")[0],
    "settings": policy.transforms[0].settings(),
    "code": {form: read(write(policy, form)).policy == policy for form in FORMATS},
    "link": from_link(to_link(policy)) == policy,
    "old": read("A.Solarize(threshold=(0.1, 0.3))").policy.to_dict(),
}))
"""

PAGE = """
from streamlit.testing.v1 import AppTest

app = AppTest.from_file("lab/Home.py", default_timeout=120).run()
app.switch_page("../pages/augmentations.py").run()
[menu] = [x for x in app.selectbox if x.label == "Add a transform"]
print("Solarize" in menu.options)
menu.select("Solarize").run()
print([x.label for x in app.slider if "Solarize" in x.label], [x.value for x in app.error])
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab with one file more."""
    place = lab_copy.make(tmp_path_factory.mktemp("added") / "lab")
    (place / "core" / "augment" / "transforms" / "solarize.py").write_text(ADDED)
    return place


@pytest.fixture(scope="module")
def found(copy: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(lab_copy.python(copy, "-c", FOUND))
    return answer


@pytest.mark.parametrize("engine", ["batched", "albumentations"])
def test_both_engines_run_it_and_say_what_was_sampled(found: dict[str, Any], engine: str) -> None:
    seen = found["engines"][engine]
    assert seen["asked"] == engine
    assert 20 <= seen["changed"] <= 38  # 40 images, p = 0.75
    assert seen["different"] == 0
    assert re.fullmatch(r"|inverted from \d+ on", seen["words"])
    assert found["chosen"] == "batched"


def test_its_settings_have_words(found: dict[str, Any]) -> None:
    assert found["settings"] == "in 75%, threshold range 0.2 to 0.8"


def test_code_and_address_write_and_read_it(found: dict[str, Any]) -> None:
    assert set(found["code"].values()) == {True}
    assert found["link"]
    [step] = found["old"]["transforms"]
    assert (step["name"], step["threshold_range"]) == ("Solarize", [0.1, 0.3])


def test_the_command_line_lists_and_reads_it(copy: Path) -> None:
    listed = lab_copy.python(copy, "-m", "core", "policy", "transforms")
    assert "Solarize: Inverts what is brighter than a threshold." in listed
    assert re.search(r"threshold_range +As a share of 255. From 0 to 1; 0.5 by default.", listed)
    file = copy / "policy.py"
    file.write_text("A.Compose([A.Solarize(p=0.25)])")
    read = lab_copy.python(copy, "-m", "core", "policy", "read", str(file), "--format", "json")
    assert json.loads(read)["transforms"][0]["p"] == 0.25


def test_the_page_offers_it_with_a_slider(copy: Path) -> None:
    offered, sliders = lab_copy.python(copy, "-c", PAGE).strip().splitlines()[-2:]
    assert offered == "True"
    assert sliders == "['Solarize · threshold'] []"
