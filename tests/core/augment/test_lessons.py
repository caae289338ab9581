"""Order, mixing, rotation, effect, verdict and words: small facts, checked by arithmetic."""

import numpy as np
import pytest
import torch
from torch import nn

from core.analysis.rules.augmentation import clauses
from core.analysis.rules.thresholds import thresholds
from core.augment import preview
from core.augment.demos.normalize_order import orders
from core.augment.demos.rotation_sweep import sweep, turned
from core.augment.demos.statistics_shift import measure
from core.augment.engine.mixing import mixed
from core.augment.policies import POLICIES, named
from core.augment.policy import Policy, Transform
from core.augment.transforms import mix
from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.transforms.record import Mixture
from core.data import shape_drawing

SET = shape_drawing.make(120, 20, seed=6)
MEAN, STD = (0.5, 0.4, 0.2), (0.25, 0.2, 0.1)
pytestmark = pytest.mark.filterwarnings("ignore:ShiftScaleRotate is a special case")


def test_a_hole_after_normalize_is_lighter_by_mean_times_std() -> None:
    right, document, repaired, black = orders(MEAN, STD)
    assert right.right
    assert repaired.right
    assert not document.right
    assert not black.right
    assert document.normalized == MEAN
    lighter = [255 * (m * s + m) for m, s in zip(MEAN, STD, strict=True)]
    assert document.levels == pytest.approx(lighter)
    assert repaired.normalized == (0, 0, 0)
    assert black.levels == pytest.approx((0, 0, 0), abs=1e-9)
    # a cast to uint8 takes less than one gray level
    assert max(abs(x - 255 * m) for x, m in zip(right.levels, MEAN, strict=True)) < 1


@pytest.mark.parametrize("engine", ["batched", "albumentations"])
def test_the_pictures_show_the_color_that_the_order_names(engine: str) -> None:
    images = torch.full((1, 3, 32, 32), 10, dtype=torch.uint8)
    for order in orders(MEAN, STD):
        made = preview.apply(order.policy, images, MEAN, STD, 0, engine)
        hole = next(x.values["holes"][0] for x in made.records[0] if x.name == "CoarseDropout")
        seen = made.images[0, :, hole[1], hole[0]].tolist()
        assert seen == [round(x) for x in order.levels]


def test_mix_up_is_the_weighted_sum() -> None:
    images, targets = torch.rand(4, 3, 8, 8), torch.eye(4)
    mixture = Mixture(np.array([1, 0, 3, 3]), 0.7)
    made, shares = mixed(images, targets, mixture)
    assert torch.allclose(made[2], 0.7 * images[2] + 0.3 * images[3])
    assert torch.allclose(shares[0], torch.tensor([0.7, 0.3, 0, 0]))
    assert torch.allclose(shares[3], torch.tensor([0, 0, 0, 1.0]))


def test_cut_mix_counts_the_pasted_pixels() -> None:
    rng = np.random.default_rng(0)
    images = torch.arange(4).view(4, 1, 1, 1).expand(4, 3, 32, 32).to(torch.float32)
    seen = set()
    for _ in range(200):
        mixture = mix.cut_mix({"alpha": 1.0}, 4, (32, 32), rng)
        made, shares = mixed(images, torch.eye(4), mixture)
        for row, partner in enumerate(mixture.partner):
            own = float((made[row, 0] == row).float().mean())
            wanted = 1.0 if partner == row else mixture.share
            assert own == pytest.approx(wanted)
            assert float(shares[row, row]) == pytest.approx(wanted)
        seen.add(round(mixture.share, 1))
    assert len(seen) >= 9  # any area, about alike


def test_shares_of_mix_up_follow_beta() -> None:
    from scipy import stats

    rng = np.random.default_rng(0)
    drawn = [mix.mix_up({"alpha": 0.4}, 2, (32, 32), rng).share for _ in range(5000)]
    assert stats.kstest(drawn, stats.beta(0.4, 0.4).cdf).pvalue > 1e-3


def test_a_mixed_preview_and_its_labels_agree() -> None:
    made = preview.mix("CutMix", 1.0, SET.train_images[:6], SET.train_labels[:6], 10, seed=3)
    assert made.mixture.box is not None
    left, top, right, bottom = made.mixture.box
    partner = SET.train_images[:6][torch.from_numpy(made.mixture.partner)]
    assert torch.equal(
        made.images[..., top:bottom, left:right], partner[..., top:bottom, left:right]
    )
    assert torch.allclose(made.targets.sum(1), torch.ones(6))


def test_quarter_turns_are_exact() -> None:
    image = SET.train_images[0]
    made = turned(image, (-90, 0, 90, 180), "constant", (0, 0, 0))
    for index, quarters in enumerate((-1, 0, 1, 2)):
        wanted = torch.rot90(image, quarters, (1, 2))  # from x to y: to the left on a screen
        assert (made[index].int() - wanted.int()).abs().max() <= 1


class Compass(nn.Module):
    """Says class 0 while the image's brightest corner is the top left one, else 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        top, rest = x[:, :, :16, :16].mean((1, 2, 3)), x[:, :, 16:, 16:].mean((1, 2, 3))
        return torch.stack([top - rest, rest - top], dim=1)


def test_the_angle_at_which_a_label_is_lost() -> None:
    image = torch.zeros(3, 32, 32, dtype=torch.uint8)
    image[:, :16, :16] = 255
    found = sweep(Compass(), image, MEAN, STD, angles=tuple(range(-180, 181, 30)))
    assert found.probabilities.sum(1) == pytest.approx(np.ones(13), abs=1e-5)
    # at 90 degrees both corners are as dark: the first turn past it loses the corner
    assert found.lost(0) in [(-120, 120), (-90, 120), (-120, 90), (-90, 90)]
    assert found.lost(1) == (0, 0)
    steady = torch.full((3, 32, 32), 9, dtype=torch.uint8)
    assert sweep(Compass(), steady, MEAN, STD, fill=(9, 9, 9)).lost(0) == (None, None)


def test_the_effect_of_nothing_is_nothing() -> None:
    found = measure(named("none"), SET.train_images, SET.mean, SET.std, largest=200)
    assert found.count == 120
    assert found.mean_after == pytest.approx(found.mean_before, abs=1e-6)
    assert found.normalized_mean == pytest.approx((0, 0, 0), abs=1e-3)
    assert found.normalized_std == pytest.approx((1, 1, 1), abs=1e-3)
    assert found.histogram_before == pytest.approx(found.histogram_after)


def test_the_effect_of_black_holes_is_their_area() -> None:
    hole = named("assignment").transforms[2].replace(fill=0, p=1)
    white = torch.full((50, 3, 32, 32), 255, dtype=torch.uint8)
    found = measure(Policy((hole,)), white, MEAN, STD)
    assert found.mean_after == pytest.approx((0.75, 0.75, 0.75), abs=1e-3)
    assert found.normalized_mean == pytest.approx(
        [(0.75 - m) / s for m, s in zip(MEAN, STD, strict=True)], abs=1e-3
    )
    assert found.histogram_after[:, 0] == pytest.approx([0.25] * 3)


def test_the_verdict_on_the_assignment_s_policy_and_on_document_004() -> None:
    limits = thresholds()
    assert all(x.passed for x in clauses(named("assignment"), limits))
    wrong = [x for x in clauses(named("seed_004"), limits) if not x.passed]
    assert [x.asked for x in wrong] == ["fill_value = mean of the data set"]
    assert wrong[0].advice == "Put the hole before Normalize."


@pytest.mark.parametrize(
    ("place", "changes", "clause"),
    [
        (0, {"p": 0.0}, "horizontal flip"),
        (1, {"rotate_limit": (0, 0)}, "shiftScaleRotate"),
        (2, {"num_holes_range": (1, 2)}, "max_holes = 1"),
        (2, {"hole_height_range": (8, 16)}, "min_height = 16 px"),
        (2, {"hole_width_range": (16, 17)}, "max_width = 16 px"),
        (2, {"fill": 0.0}, "fill_value = mean of the data set"),
        (2, {"fill": "unscaled_mean"}, "fill_value = mean of the data set"),
    ],
)
def test_each_clause_fails_alone_and_says_what_to_do(
    place: int, changes: dict[str, object], clause: str
) -> None:
    steps = list(named("assignment").transforms)
    steps[place] = steps[place].replace(**changes)
    wrong = [x for x in clauses(Policy(tuple(steps)), thresholds()) if not x.passed]
    assert [x.asked for x in wrong] == [clause]
    assert wrong[0].advice


def test_an_empty_policy_meets_no_clause() -> None:
    assert not any(x.passed for x in clauses(Policy(), thresholds()))


def test_words_for_what_was_drawn() -> None:
    still = {"scale_x": 1.0, "scale_y": 1.0, "shift_x": 0.0, "shift_y": 0.0}
    rotate = Transform("Rotate")
    assert rotate.describe({"angle": 7.2, **still}) == "turned 7.2 degrees left"
    moved = {"angle": -3.04, "scale_x": 1.07, "scale_y": 0.9, "shift_x": -1.0, "shift_y": 1.0}
    assert Transform("ShiftScaleRotate").describe(moved) == (
        "turned 3.0 degrees right, 7% wider, 10% lower, moved 1 px left, moved 1 px down"
    )
    hole = {"holes": np.array([[4, 11, 20, 27], [0, 0, 0, 0]])}
    assert Transform("CoarseDropout").describe(hole) == "hole 16x16 at 4,11"
    crop = {"left": np.int64(0), "top": np.int64(6)}
    assert Transform("RandomCrop").describe(crop) == "moved 4 px right, moved 2 px up"
    assert rotate.describe({"angle": 0.0, **still}) == "no visible change"


def test_every_transform_and_policy_can_be_put_in_words() -> None:
    for name, record in TRANSFORMS.items():
        assert "{" not in Transform(name).settings()
        if record.level == "batch":
            continue
        policy = Policy((Transform(name, {"p": 1.0} if record.parameter("p") else {}),))
        for engine in ("batched", "albumentations"):
            made = preview.apply(policy, SET.train_images[:3], SET.mean, SET.std, 1, engine)
            assert all(x.changed and x.words != preview.SKIPPED for [x] in made.records)
    for _, entry in POLICIES.items():
        steps = [x for x in entry.policy.transforms if x.parameters.get("p", 1) != 1]
        assert all(x.settings().startswith("in ") for x in steps)
