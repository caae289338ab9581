import io
import json
import re
from contextlib import redirect_stderr
from typing import Any

import pytest

from core.augment.code.legacy import spelling
from core.augment.code.parse import read
from core.augment.code.render import FORMATS, write
from core.augment.engine import library
from core.augment.policies import POLICIES, named
from core.augment.policy import Policy, Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.errors import LabError

pytestmark = pytest.mark.filterwarnings("ignore:ShiftScaleRotate is a special case")
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)

DOCUMENT_004 = """
import albumentations as A
from albumentations.pytorch import ToTensorV2

def get_train_aug_transform(mu, sigma):
    \"\"\"Normalized image.\"\"\"
    train_transform = A.Compose([
                             A.HorizontalFlip(p=0.4),
                             A.ShiftScaleRotate(),
                             A.Normalize(mean=(mu),
                                         std=(sigma)),
                             A.CoarseDropout(max_holes=1,
                                             max_height=16,
                                             max_width=16,
                                             min_holes=1,
                                             min_height=16,
                                             min_width=16,
                                             fill_value=(mu)),
                             A.ToGray(),
                             ToTensorV2(),
])

    return(train_transform)
"""


def test_document_004_is_read_as_it_was_meant() -> None:
    reading = read(DOCUMENT_004)
    assert reading.version == 1
    assert reading.policy == named("seed_004")


def test_each_argument_that_is_ignored_today_is_named_with_what_happens_instead() -> None:
    reading = read(DOCUMENT_004)
    ignored = {x.argument: x.words for x in reading.findings if "ignores" in x.words}
    assert set(ignored) == {
        "max_holes", "max_height", "max_width", "min_holes", "min_height", "min_width",
        "fill_value",
    }  # fmt: skip
    assert "num_holes_range=(1, 2)" in ignored["max_holes"]
    assert "fill=0" in ignored["fill_value"]


def test_what_would_happen_is_what_the_installed_version_does() -> None:
    """The oracle is the library itself, given the document's arguments."""
    reading = read(DOCUMENT_004)
    assert reading.happens is not None
    [hole] = [x for x in reading.happens.transforms if x.name == "CoarseDropout"]
    with pytest.warns(UserWarning, match="not valid"):
        real = library.albumentations.CoarseDropout(
            max_holes=1, max_height=16, max_width=16, min_holes=1, min_height=16, min_width=16,
            fill_value=(0.49, 0.48, 0.45),
        )  # fmt: skip
    for name in ("num_holes_range", "hole_height_range", "hole_width_range", "p"):
        assert hole.parameters[name] == getattr(real, name)
    assert set(hole.parameters["fill"]) == {real.fill}


def renames() -> dict[str, Any]:
    """Each call that 1.x gave other arguments than version 2, with these."""
    others = [other for name in TRANSFORMS for other in TRANSFORMS[name].others]
    found = {name: dict(spelling(name).renamed) for name in (*TRANSFORMS, *others)}
    return {name: renamed for name, renamed in found.items() if renamed}


def test_the_installed_version_does_ignore_every_old_name() -> None:
    for name, renamed in renames().items():
        taken = library.accepted(name)
        assert taken, name
        assert not set(renamed) & set(taken)
        assert {new for new in renamed.values() if new} <= set(taken)


def test_cutout_and_the_defaults_of_1_x() -> None:
    text = "A.Compose([A.Cutout(), A.HorizontalFlip(), A.ShiftScaleRotate()])"
    reading = read(text)
    assert reading.policy == named("seed_000")
    assert reading.happens is None  # version 2 has no Cutout
    assert "no Cutout" in reading.findings[-1].words
    assert spelling("ShiftScaleRotate").defaults == {"border_mode": "reflect_101"}


def test_min_falls_back_on_max_as_in_1_x() -> None:
    [hole] = read("A.CoarseDropout(1, 8, 12, fill_value=7, always_apply=True)").policy.transforms
    assert hole.parameters["num_holes_range"] == (1, 1)
    assert hole.parameters["hole_height_range"] == (8, 8)
    assert hole.parameters["hole_width_range"] == (12, 12)
    assert hole.parameters["fill"] == (7, 7, 7)
    assert hole.parameters["p"] == 1


def test_noise_of_1_x_is_a_variance_in_gray_levels() -> None:
    [noise] = read("A.GaussNoise(var_limit=(25.5*25.5, 51*51), p=1)").policy.transforms
    assert noise.parameters["std_range"] == pytest.approx((0.1, 0.2))


SAME_HOLE = [
    "fill=tuple(255 * m for m in mean)",
    "fill=[x * 255 for x in mean]",
    "fill=(0.4914*255, 0.4822*255, 0.4465*255)",
    "fill=(125.3, 123.0, 113.9)",
    "fill=(mean[0]*255, mean[1]*255, mean[2]*255)",
]


@pytest.mark.parametrize("fill", SAME_HOLE)
def test_ways_to_write_the_mean(fill: str) -> None:
    text = f"""
mean = (0.4914, 0.4822, 0.4465)
t = A.Compose([A.CoarseDropout(num_holes_range=(1, 1), hole_height_range=(16, 16),
    hole_width_range=(16, 16), {fill})])"""
    assert read(text, MEAN).policy.transforms == named("assignment").transforms[2:]


def test_padding_and_crop_become_one() -> None:
    old = "A.Compose([A.PadIfNeeded(40, 40), A.RandomCrop(32, 32), A.HorizontalFlip()])"
    new = """A.Compose([A.Pad(padding=4, border_mode=cv2.BORDER_REFLECT_101),
        A.RandomCrop(height=32, width=32), A.HorizontalFlip()])"""
    assert read(new).policy == named("crop_flip")
    assert read(old.replace("40, 40", "40, 40, border_mode=4")).policy == named("crop_flip")


def every_policy() -> list[Policy]:
    alone = [Policy((Transform(name),)) for name in TRANSFORMS if name != "Normalize"]
    return [entry.policy for _, entry in POLICIES.items()] + alone


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("known", [(MEAN, STD), (None, None), ((0.3, 0.2, 0.6), (0.2, 0.2, 0.2))])
def test_what_is_written_is_read_back(form: str, known: tuple[Any, Any]) -> None:
    for policy in every_policy():
        text = write(policy, form, *known)
        again = read(text, *known).policy
        if form == "albumentations-1":  # numbers that 1.x keeps squared come back rounded
            assert [x.name for x in again.transforms] == [x.name for x in policy.transforms]
            for one, other in zip(again.transforms, policy.transforms, strict=True):
                for name, value in one.parameters.items():
                    wanted = other.parameters[name]
                    assert value == (wanted if isinstance(wanted, str) else pytest.approx(wanted))
        else:
            assert again == policy, text


def test_the_code_for_version_2_makes_the_same_compose() -> None:
    """Run by Python itself, as a student would."""
    for policy in every_policy():
        names: dict[str, Any] = {}
        heard = io.StringIO()
        with redirect_stderr(heard):
            exec(write(policy, "albumentations-2", MEAN, STD), names)
        ours = library.compose(Policy((*policy.transforms,)), MEAN, STD)
        made = names["train_transform"].transforms
        wanted = []
        for step in ours.transforms:
            parts = step.transforms if type(step).__name__ == "Sequential" else [step]
            wanted += list(parts)
        if not policy.normalizes:
            wanted.append(library.albumentations.Normalize(mean=MEAN, std=STD))
        assert [plain(x) for x in made[:-1]] == [plain(x) for x in wanted]
        assert "not valid" not in heard.getvalue()


def plain(transform: Any) -> Any:
    def rounded(value: Any) -> Any:
        if isinstance(value, tuple | list):
            items = [rounded(x) for x in value]
            return items[0] if len(items) == 3 and len(set(items)) == 1 else items
        return round(float(value), 6) if isinstance(value, int | float) else value

    return {name: rounded(value) for name, value in transform.to_dict_private().items()}


def test_albumentations_own_json() -> None:
    compose = library.compose(named("assignment"), MEAN, STD)
    text = json.dumps(library.albumentations.to_dict(compose))
    assert read(text, MEAN).policy == named("assignment")


HOSTILE = [
    ("__import__('os').system('touch {mark}')", "no transform"),
    ("A.Compose([A.HorizontalFlip(p=open('{mark}', 'w'))])", "cannot be found"),
    ("A.Compose([(lambda: open('{mark}', 'w'))()])", "no transform"),
    ("x = open('{mark}', 'w')\nA.Compose([A.HorizontalFlip()]", "no Python"),
    ("A.Compose([A.HorizontalFlip(**dict(p=1))])", "write them out"),
    ("A.Compose([A.HorizontalFlip(p=10**10**10)])", "cannot be found"),
    ("A.Compose([A.HorizontalFlip(p='a'*10**9)])", "cannot be found"),
    ("A.Compose([" + "A.HorizontalFlip()," * 10_000 + "])", "characters"),
    ("[" + "A.ToGray()," * 1_000 + "]", "transforms|JSON"),
    ("A.Compose([" + "A.ToGray()," * 900 + "])", "900 transforms"),
    ("(" * 5_000, "brackets"),
    ("-" * 15_000 + "1", "policy"),
    ("f(" + "-" * 15_000 + "1)", "tangled|deep|transform|nested"),
    ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]", "refers back"),
    ("transforms: !!python/object/apply:os.system ['touch {mark}']", "neither|read"),
    ("{" + '"a":{' * 2_000, "brackets"),
    ('{"transforms": ' + json.dumps([{"name": "ToGray"}] * 500) + "}", "500 transforms"),
    ("- " * 3_000 + "x", "levels|nested|deep"),
    ("A.OneOf([A.ToGray()])", "no transform|not offered"),
    ("A.Compose([A.OneOf([A.ToGray()])])", "not offered"),
    ("A.Compose([A.CoarseDropout(num_holes_range=(1,1), foo=2)])", "ignores foo=2"),
    ("A.RandomCrop(28, 28)", "32x32"),
    ("A.Pad(4)", "without a RandomCrop"),
    ("A.Affine(scale={'x': (0.5, 1), 'y': 1})", "one range"),
    ("A.ToGray(num_output_channels=1)", "not offered"),
    ("", "nothing to read"),
    ("hello", "policy"),
]


@pytest.mark.parametrize(("text", "says"), HOSTILE)
def test_hostile_and_broken_text_is_refused_in_a_sentence(
    text: str, says: str, tmp_path: Any
) -> None:
    mark = tmp_path / "executed"
    with pytest.raises(LabError) as caught:
        read(text.replace("{mark}", str(mark)))
    assert re.search(says, str(caught.value)), caught.value
    assert len(str(caught.value)) < 500
    assert not mark.exists()
