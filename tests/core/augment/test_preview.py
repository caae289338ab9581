import pytest
import torch

from core.augment import preview
from core.augment.policies import POLICIES, named
from core.augment.policy import Policy, Transform
from core.data import shape_drawing

SET = shape_drawing.make(40, 10, seed=7)
IMAGES = SET.train_images[:16]
pytestmark = pytest.mark.filterwarnings("ignore:ShiftScaleRotate is a special case")
ENGINES = ["batched", "albumentations"]


def seen(policy: Policy, seed: int = 0, engine: str = "auto") -> preview.Preview:
    return preview.apply(policy, IMAGES, SET.mean, SET.std, seed, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_seen_of_no_augmentation(engine: str) -> None:
    assert torch.equal(seen(named("none"), engine=engine).images, IMAGES)
    [stage] = seen(Policy((Transform("Normalize"),)), engine=engine).stages
    assert torch.equal(stage, IMAGES)  # normalized and turned back


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_seed_shows_the_same_and_another_does_not(engine: str) -> None:
    for name, _ in POLICIES.items():
        if name == "none":
            continue
        one, again, other = (seen(named(name), seed, engine).images for seed in (1, 1, 2))
        assert torch.equal(one, again)
        assert not torch.equal(one, other)


@pytest.mark.parametrize("engine", ENGINES)
def test_only_the_slider_changes_the_picture(engine: str) -> None:
    """Another rotation leaves flips and holes where they were."""
    flip, shift, hole = named("assignment").transforms
    gentle = Policy((flip, shift.replace(rotate_limit=(-1, 1)), hole))
    one, other = seen(named("assignment"), 5, engine), seen(gentle, 5, engine)
    for before, after in zip(one.records, other.records, strict=True):
        assert [x.changed for x in before] == [x.changed for x in after]
        assert before[2].words == after[2].words
        assert before[1].words == preview.SKIPPED or before[1].words != after[1].words


def test_a_higher_probability_adds_images_and_takes_none_away() -> None:
    flipped = []
    for p in (0.2, 0.5, 0.9):
        records = seen(Policy((Transform("HorizontalFlip", {"p": p}),)), 3).records
        flipped.append({i for i, [x] in enumerate(records) if x.changed})
    assert flipped[0] < flipped[1] < flipped[2]


def test_adding_a_transform_in_front_leaves_the_others_draws() -> None:
    longer = Policy((Transform("ToGray"), *named("assignment").transforms))
    one, other = seen(named("assignment"), 4), seen(longer, 4)
    for before, after in zip(one.records, other.records, strict=True):
        assert [x.words for x in before] == [x.words for x in after[1:]]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_stages_lead_from_the_original_to_the_end(engine: str) -> None:
    made = seen(named("seed_004"), 2, engine)
    assert len(made.stages) == len(named("seed_004").transforms)
    assert torch.equal(made.stages[-1], made.images)
    before = IMAGES
    for place, stage in enumerate(made.stages):
        for index in range(len(IMAGES)):
            if not made.records[index][place].changed:
                assert torch.equal(stage[index], before[index])
        before = stage


def test_a_hole_lies_where_the_words_say() -> None:
    made = seen(Policy((named("assignment").transforms[2].replace(p=1.0, fill=(1, 2, 3)),)), 1)
    for image, [applied] in zip(made.images, made.records, strict=True):
        place = applied.words.removeprefix("hole 16x16 at ").split(",")
        x, y = int(place[0]), int(place[1])
        assert image[0, y : y + 16, x : x + 16].unique().tolist() == [1]


def test_the_images_and_the_global_generator_are_left_alone() -> None:
    before, state = IMAGES.clone(), torch.get_rng_state()
    seen(named("strong"), 9)
    assert torch.equal(IMAGES, before)
    assert torch.equal(torch.get_rng_state(), state)
