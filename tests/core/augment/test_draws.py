"""Drawn without being told: 20,000 draws of each parameter, ours against albumentations'.

Seeds are fixed, so a test that passes once passes always; a distribution that is off by a few
percent fails by orders of magnitude.
"""

import random
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from core.augment.engine import library
from core.augment.engine.batched import sample
from core.augment.policies import named
from core.augment.policy import Policy, Transform

N = 20_000
MEAN = STD = (0.5, 0.5, 0.5)
IMAGE = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
pytestmark = pytest.mark.filterwarnings("ignore:ShiftScaleRotate is a special case")
LEAST = 1e-3  # p-value below which two samples are held to differ


def theirs(transform: Transform) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
    """What albumentations draws: whether, and with which values where it did."""
    made = library.step(transform, MEAN, STD)
    made.set_random_state(np.random.default_rng(1), random.Random(2))
    flags, values = [], []
    if not hasattr(made, "transforms") or transform.name == "ColorJitter":
        made.apply = lambda image, **_: image  # the draw alone is wanted, and fast
        made._set_keys()
    for _ in range(N):
        library.forget(made)
        made(image=IMAGE)
        params = library.applied_params(made)
        flags.append(bool(params))
        if params:
            values.append(transform.record.from_albumentations(params, IMAGE))
    return np.array(flags), {
        name: np.stack([x[name] for x in values]) for name in values[0] if name != "matrix"
    }


def ours(transform: Transform) -> tuple[NDArray[np.bool_], Mapping[str, NDArray[np.float64]]]:
    sampled = sample(transform, N, np.random.default_rng(3), (32, 32))
    flags = np.zeros(N, dtype=bool)
    flags[sampled.rows] = True
    return flags, sampled.values


def same_whole_numbers(one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    values = np.union1d(np.unique(one.round(6)), np.unique(other.round(6)))
    table = [[np.sum(np.isclose(x, value)) for value in values] for x in (one, other)]
    assert stats.chi2_contingency(table).pvalue > LEAST, (values, table)


def same_distribution(one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    assert stats.ks_2samp(one, other).pvalue > LEAST


def same_frequency(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> None:
    table = [[x.sum(), (~x).sum()] for x in (one, other)]
    assert stats.chi2_contingency(table).pvalue > LEAST, table


def test_flags_come_as_often_as_asked() -> None:
    for p in (0.4, 0.5):
        flip = Transform("HorizontalFlip", {"p": p})
        one, other = ours(flip)[0], theirs(flip)[0]
        same_frequency(one, other)
        assert stats.binomtest(int(one.sum()), N, p).pvalue > LEAST
    for p, wanted in ((0.0, 0), (1.0, N)):
        assert ours(Transform("HorizontalFlip", {"p": p}))[0].sum() == wanted


SHIFTS = [
    Transform("ShiftScaleRotate", {"p": 1.0}),
    Transform(
        "ShiftScaleRotate",
        {"shift_limit": (-0.2, 0.1), "scale_limit": (-0.3, 0.5), "rotate_limit": (-10, 90), "p": 1},
    ),
    Transform(
        "Affine",
        {"scale": (0.5, 1.2), "translate_percent": (-0.1, 0.3), "rotate": (-5, 30),
         "shear": (-10, 25), "p": 1},
    ),
]  # fmt: skip


@pytest.mark.parametrize("transform", SHIFTS)
def test_shift_scale_and_angle(transform: Transform) -> None:
    (_, one), (_, other) = ours(transform), theirs(transform)
    for name in ("shift_x", "shift_y"):
        same_whole_numbers(one[name], other[name])
    for name in ("scale_x", "scale_y", "angle"):
        same_distribution(one[name], other[name])
    # x and y are scaled apart, by both
    assert abs(np.corrcoef(one["scale_x"], one["scale_y"])[0, 1]) < 0.03
    assert abs(np.corrcoef(other["scale_x"], other["scale_y"])[0, 1]) < 0.03


def test_a_shift_is_cut_to_whole_pixels() -> None:
    """0.0625 of 32 is 2 pixels: what int() leaves of it is -1 and 1 in a quarter each, else 0."""
    _, one = ours(SHIFTS[0])
    counts = np.array([(one["shift_x"] == value).sum() for value in (-1, 0, 1)])
    assert counts.sum() == N
    assert stats.chisquare(counts, [N / 4, N / 2, N / 4]).pvalue > LEAST


def test_a_kept_ratio_scales_x_and_y_alike() -> None:
    tied = Transform("Affine", {"scale": (0.5, 1.5), "keep_ratio": True, "p": 1})
    for values in (ours(tied)[1], theirs(tied)[1]):
        assert np.array_equal(values["scale_x"], values["scale_y"])


def test_the_matrix_is_composed_as_albumentations_does() -> None:
    """Shear is not among what albumentations keeps, so the matrices' own entries are compared."""
    from core.augment.functional.warp import affine_matrices

    transform = SHIFTS[2]
    made = library.step(transform, MEAN, STD)
    made.set_random_state(np.random.default_rng(1), random.Random(2))
    matrices = []
    for _ in range(N):
        params = made.get_params_dependent_on_data({"shape": (32, 32, 3)}, {"image": IMAGE})
        matrices.append(params["matrix"][:2])
    one = affine_matrices(dict(ours(transform)[1]), (32, 32)).reshape(N, 6)
    other = np.stack(matrices).reshape(N, 6)
    for entry in range(6):
        same_distribution(one[:, entry], other[:, entry])


HOLES = [
    named("assignment").transforms[2].replace(p=1.0),
    Transform("CoarseDropout", {"p": 1.0}),
    Transform(
        "CoarseDropout",
        {"num_holes_range": (2, 5), "hole_height_range": (3, 9), "hole_width_range": (8, 32),
         "p": 1},
    ),
]  # fmt: skip


@pytest.mark.parametrize("transform", HOLES)
def test_holes(transform: Transform) -> None:
    made = library.step(transform, MEAN, STD)
    made.set_random_state(np.random.default_rng(1), random.Random(2))
    params = {"shape": (32, 32, 3)}
    found = [made.get_params_dependent_on_data(dict(params), {})["holes"] for _ in range(N)]
    holes = ours(transform)[1]["holes"]
    real = [x[(x[:, 2] > x[:, 0]) | (x[:, 3] > x[:, 1])] for x in holes]
    same_whole_numbers(np.array([len(x) for x in real]), np.array([len(x) for x in found]))
    one, other = np.concatenate(real), np.concatenate(found)
    for values in (lambda x: x[:, 0], lambda x: x[:, 1], lambda x: x[:, 2] - x[:, 0],
                   lambda x: x[:, 3] - x[:, 1]):  # fmt: skip
        same_whole_numbers(values(one), values(other))


def test_the_assignment_s_hole_lies_anywhere_inside() -> None:
    holes = ours(HOLES[0])[1]["holes"][:, 0]
    for start, end in ((0, 2), (1, 3)):
        assert set(holes[:, end] - holes[:, start]) == {16}
        assert (holes[:, start].min(), holes[:, start].max()) == (0, 16)
        counts = np.bincount(holes[:, start], minlength=17)
        assert stats.chisquare(counts).pvalue > LEAST


def test_crops() -> None:
    crop = Transform("RandomCrop", {"padding": 4, "p": 0.7})
    (flags, one), (their_flags, other) = ours(crop), theirs(crop)
    same_frequency(flags, their_flags)
    for name in ("left", "top"):
        same_whole_numbers(one[name], other[name])
        assert set(one[name]) == set(range(9))


@pytest.mark.parametrize(
    ("transform", "names"),
    [
        (Transform("ColorJitter", {"p": 1}), ("brightness", "contrast", "saturation", "hue")),
        (Transform("RandomBrightnessContrast", {"p": 1}), ("factor", "added")),
        (Transform("HueSaturationValue", {"p": 1}), ("hue_shift", "sat_shift", "val_shift")),
        (Transform("Sharpen", {"p": 1}), ("alpha", "lightness")),
        (Transform("Rotate", {"p": 1}), ("angle",)),
    ],
)
def test_colors_and_angles(transform: Transform, names: tuple[str, ...]) -> None:
    (_, one), (_, other) = ours(transform), theirs(transform)
    for name in names:
        same_distribution(np.asarray(one[name], float), np.asarray(other[name], float))


def test_a_jitter_s_order_is_any_of_24() -> None:
    _, one = ours(Transform("ColorJitter", {"p": 1}))
    _, counts = np.unique(one["order"], axis=0, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > LEAST


@pytest.mark.parametrize("per_channel", [True, False])
def test_noise(per_channel: bool) -> None:
    noise = Transform(
        "GaussNoise",
        {"std_range": (0.1, 0.3), "mean_range": (-0.1, 0.2), "per_channel": per_channel, "p": 1},
    )
    made = library.step(noise, MEAN, STD)
    made.set_random_state(np.random.default_rng(1), random.Random(2))
    params = {"shape": (32, 32, 3)}
    found = [
        made.get_params_dependent_on_data(dict(params), {"image": IMAGE})["noise_map"]
        for _ in range(2000)
    ]
    drawn = sample(noise, 2000, np.random.default_rng(3), (32, 32)).values["noise"]
    for one, other in (
        (drawn.mean(axis=(1, 2, 3)), np.stack([x.mean() for x in found])),
        (drawn.std(axis=(1, 2, 3)), np.stack([x.std() for x in found])),
        (drawn[:, 0, 3, 5], np.stack([x[3, 5, 0] for x in found])),
    ):
        same_distribution(one, other)
    assert drawn.shape[1] == (3 if per_channel else 1)


def test_the_transforms_of_a_policy_are_drawn_independently() -> None:
    """albumentations' set_random_seed gives each transform the same stream; ours must not."""
    from core.augment.engine.worker import augment

    policy = Policy((Transform("HorizontalFlip"), Transform("VerticalFlip")))
    compose = library.compose(policy, MEAN, STD)
    image = np.zeros((2, 2, 3), np.uint8)
    image[0, 0] = 255
    copies = np.broadcast_to(image, (4000, 2, 2, 3))
    made = augment(compose, np.ascontiguousarray(copies), (1, 2))
    where = made[..., 0].reshape(4000, 4).argmax(1)
    assert stats.chisquare(np.bincount(where, minlength=4)).pvalue > LEAST
