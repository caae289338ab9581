"""Given what albumentations drew, the batched engine does the same to the pixels."""

import platform
import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from core.augment.engine import library
from core.augment.engine.batched import BatchedEngine, apply, sample
from core.augment.engine.catalogue import choose_engine
from core.augment.policies import POLICIES, named
from core.augment.policy import Policy, Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.augment.transforms.dropout import hidden as hidden_of
from core.augment.transforms.record import Context, SampledParams
from core.augment.transforms.shared_parameters import BORDERS
from core.data import shape_drawing

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
CONTEXT = Context(MEAN, STD)
pytestmark = pytest.mark.filterwarnings("ignore:ShiftScaleRotate is a special case")

EXACT = [
    ("HorizontalFlip", {}),
    ("VerticalFlip", {}),
    *(("RandomCrop", {"border_mode": border, "fill": "mean"}) for border in BORDERS),
    ("RandomCrop", {"padding": 0}),
    ("CoarseDropout", {"fill": "mean", "num_holes_range": (1, 4)}),
    (
        "CoarseDropout",
        {"fill": (255, 0, 9.7), "hole_height_range": (1, 32), "hole_width_range": (5, 9)},
    ),
    ("CoarseDropout", {"hole_height_range": (0.2, 0.6), "hole_width_range": (0.1, 0.9)}),
    *(("ToGray", {"method": x}) for x in ("weighted_average", "average", "max", "desaturation")),
]
GEOMETRIC = [
    *(("ShiftScaleRotate", {"border_mode": border, "fill": "mean"}) for border in BORDERS),
    *(
        (
            "Affine",
            {
                "scale": (0.5, 1.5),
                "rotate": (-90, 90),
                "shear": (-20, 20),
                "translate_percent": (-0.2, 0.2),
                "border_mode": border,
                "fill": (10, 200, 90),
            },
        )
        for border in BORDERS
    ),
    ("Affine", {"scale": (0.5, 1.5), "keep_ratio": True}),
    ("Rotate", {"limit": (-180, 180)}),
]
COLOR = [
    ("ColorJitter", {}),
    ("ColorJitter", {"brightness": (0.5, 2), "contrast": (0.2, 2), "saturation": (0, 2)}),
    ("RandomBrightnessContrast", {}),
    ("RandomBrightnessContrast", {"brightness_limit": 0.9, "contrast_limit": 0.9}),
    ("HueSaturationValue", {}),
    ("HueSaturationValue", {"sat_shift_limit": 200, "val_shift_limit": 200}),
    ("GaussNoise", {}),
    ("GaussNoise", {"per_channel": False, "mean_range": (-0.2, 0.2)}),
    ("Sharpen", {}),
    ("Sharpen", {"alpha": (0, 1), "lightness": (0, 3)}),
]


@pytest.fixture(scope="module")
def images() -> Tensor:
    """uint8 (60, 3, 32, 32): drawn shapes, smooth noise, rough noise and the extremes."""
    rng = np.random.default_rng(3)
    drawn = shape_drawing.make(40, 10, seed=2).train_images
    smooth = rng.integers(0, 256, (8, 3, 8, 8)).repeat(4, 2).repeat(4, 3)
    rough = rng.integers(0, 256, (8, 3, 32, 32))
    flat = np.stack([np.zeros((3, 32, 32)), np.full((3, 32, 32), 255)] * 2)
    made = np.concatenate([smooth, rough, flat]).astype(np.uint8)
    return torch.cat([drawn, torch.from_numpy(made)])


def differences(transform: Transform, images: Tensor) -> Tensor:
    """|batched - albumentations| per pixel, for the parameters that albumentations drew."""
    made = library.step(transform, MEAN, STD)
    rng = np.random.default_rng(11)
    made.set_random_state(rng, random.Random(7))
    wanted, drawn = [], []
    for image in images.permute(0, 2, 3, 1).contiguous().numpy():
        library.forget(made)
        wanted.append(made(image=image)["image"])
        params = library.applied_params(made)
        assert params
        values = transform.record.from_albumentations(params, image)
        if transform.parameters.get("brightness_by_max") is False:
            values["added"] = values["added"] * 255 / max(float(image.mean()), 1e-9)
        drawn.append(values)
    most = max((len(x["holes"]) for x in drawn if "holes" in x), default=0)
    for values in drawn:
        if "holes" in values:  # fewer holes than the most: empty ones stand in
            values["holes"] = np.pad(values["holes"], ((0, most - len(values["holes"])), (0, 0)))
    together = {name: np.stack([values[name] for values in drawn]) for name in drawn[0]}
    rows = np.arange(len(images))
    got = images.to(torch.float32)
    apply(transform, got, SampledParams(rows, together), CONTEXT)
    return (got.permute(0, 2, 3, 1) - torch.from_numpy(np.stack(wanted)).to(torch.float32)).abs()


def always(name: str, parameters: dict[str, object]) -> Transform:
    return Transform(name, {**parameters, "p": 1.0})


@pytest.mark.parametrize(("name", "parameters"), EXACT)
def test_flip_crop_dropout_and_gray_are_equal_to_the_last_bit(
    name: str, parameters: dict[str, object], images: Tensor
) -> None:
    assert differences(always(name, parameters), images).max() == 0


@pytest.mark.parametrize(("name", "parameters"), GEOMETRIC)
def test_geometry_is_within_a_gray_level_on_average_and_four_on_99_percent(
    name: str, parameters: dict[str, object], images: Tensor
) -> None:
    found = differences(always(name, parameters), images)
    assert found.mean() <= 1
    assert (found <= 4).float().mean() >= 0.99


@pytest.mark.parametrize(("name", "parameters"), COLOR)
def test_colors_are_within_two_gray_levels_everywhere(
    name: str, parameters: dict[str, object], images: Tensor
) -> None:
    assert differences(always(name, parameters), images).max() <= 2


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"),
    reason="OpenCV rounds the ends of lines otherwise where it takes 16 pixels at a time",
)
@pytest.mark.parametrize("size", [7, 16, 31, 33, 48])
@pytest.mark.parametrize(("name", "parameters"), COLOR)
def test_colors_are_within_two_gray_levels_at_every_size(
    name: str, parameters: dict[str, object], size: int
) -> None:
    rng = np.random.default_rng(size)
    rough = torch.from_numpy(rng.integers(0, 256, (40, 3, size, size), dtype=np.uint8))
    assert differences(always(name, parameters), rough).max() <= 2


def test_brightness_as_a_share_of_the_image_s_mean(images: Tensor) -> None:
    transform = always("RandomBrightnessContrast", {"brightness_by_max": False})
    assert differences(transform, images).max() <= 2


def test_normalize_is_equal_to_a_millionth(images: Tensor) -> None:
    for given in ({}, {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.3, 0.1)}):
        assert differences(Transform("Normalize", given), images).max() <= 1e-6


def test_every_batched_form_is_compared() -> None:
    compared = {name for name, _ in [*EXACT, *GEOMETRIC, *COLOR]} | {"Normalize"}
    records = [TRANSFORMS[name] for name in TRANSFORMS if TRANSFORMS[name].level != "batch"]
    assert compared == {
        x.name for x in records if not x.without_batched_form(Transform(x.name).parameters)
    }


def whole(policy: Policy, images: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Each image through Compose(save_applied_params=True) and, as it drew, through our steps."""
    steps = policy.normalized_steps
    compose = library.compose(Policy(steps), MEAN, STD, save_applied_params=True)
    rng = np.random.default_rng(5)
    compose.set_random_state(rng, random.Random(5))
    for image in images.permute(0, 2, 3, 1).contiguous().numpy():
        result = compose(image=image)
        saved = dict(result["applied_transforms"])
        assert len(saved) == len(result["applied_transforms"])  # no transform stands twice here
        now, context = torch.from_numpy(image).permute(2, 0, 1)[None].to(torch.float32), CONTEXT
        for step in steps:
            if step.name in saved:
                values = {}
                if step.name in ("ShiftScaleRotate",):
                    values = {"matrix": saved[step.name]["matrix"][None, :2]}
                elif step.name == "CoarseDropout":
                    values = {"holes": saved[step.name]["holes"][None]}
                apply(step, now, SampledParams(np.array([0]), values), context)
            if step.record.level == "normalize":
                context = Context(MEAN, STD, normalized=True)
        yield now[0], torch.from_numpy(result["image"]).permute(2, 0, 1)


@pytest.mark.parametrize("name", ["assignment", "seed_004", "seed_000"])
def test_whole_policies_agree_on_what_the_network_is_given(name: str, images: Tensor) -> None:
    pairs = list(whole(named(name), images))
    found = torch.stack([(one - other).abs() for one, other in pairs])
    gray_level = 1 / (255 * max(STD))
    assert found.mean() <= gray_level
    assert (found <= 4 * gray_level).float().mean() >= 0.99


def test_rounding_between_steps_keeps_gray_levels_whole(images: Tensor) -> None:
    make_params = TRANSFORMS["Rotate"].make_params
    values = make_params({"limit": (10, 40)}, 4, np.random.default_rng(0), (32, 32))
    levels = images[:4].to(torch.float32)
    sampled = SampledParams(np.arange(4), values)
    turned = levels.clone()
    apply(Transform("Rotate", {"p": 1.0}), turned, sampled, CONTEXT)
    assert torch.equal(turned, turned.round())
    assert not torch.equal(turned, levels)


def test_policies_that_cannot_be_batched_say_which_transform_it_is() -> None:
    blur = Policy((Transform("HorizontalFlip"), Transform("GaussianBlur")))
    assert choose_engine(blur, "batched")[1].startswith("GaussianBlur has no batched form.")
    cubic = Policy((Transform("Rotate", {"interpolation": "cubic"}),))
    assert "'cubic'" in choose_engine(cubic, "batched")[1]
    for name, entry in POLICIES.items():
        assert choose_engine(entry.policy, "auto") == ("batched", ""), name


def test_a_value_without_batched_form_is_a_choice_of_its_parameter() -> None:
    for name, record in TRANSFORMS.items():
        for parameter, value in record.albumentations_only:
            found = record.parameter(parameter)
            assert found is not None, name
            assert value in found.choices


def test_holes_as_a_mask_are_the_same_holes(images: Tensor) -> None:
    """Other devices than a CPU fill through a mask."""
    hole = Transform("CoarseDropout", {"num_holes_range": (1, 4), "fill": 300 - 45})
    sampled = sample(hole, len(images), np.random.default_rng(2), (32, 32))
    assert 0 < len(sampled.rows) < len(images)
    black = torch.zeros(images.shape)
    filled = black.clone()
    apply(hole, filled, sampled, CONTEXT)
    hidden = torch.from_numpy(hidden_of(sampled, len(images), (32, 32)))
    assert torch.equal(filled == 255, hidden[:, None].expand_as(filled))


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_an_accelerator_does_the_same(device: str, images: Tensor) -> None:
    present = torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
    if not present:
        pytest.skip(f"there is no {device} here")
    for name in ("assignment", "seed_004", "strong", "crop_flip"):
        made = [
            next(
                BatchedEngine(named(name), MEAN, STD, torch.device(place)).batches(
                    images.to(place), [(np.arange(len(images)), (4,))]
                )
            ).cpu()
            for place in ("cpu", device)
        ]  # fmt: skip
        assert ((made[0] - made[1]).abs() < 4 / 255 / min(STD)).float().mean() > 0.99
