import json
import math
import re
from dataclasses import fields, replace

import pytest

from core.augment.policies import POLICIES
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.config.setting import settings_of
from core.errors import BadSetting
from core.optim.lr_schedules import SCHEDULES
from core.optim.optimizers import OPTIMIZERS


@pytest.mark.parametrize("policy", POLICIES)
def test_a_config_survives_json(policy: str) -> None:
    config = RunConfig(
        data="some/folder",
        network=NetworkConfig("mine", ({"type": "conv", "kernel": [3, 3]},)),
        policy=POLICIES[policy].policy,
        training=TrainingConfig(epochs=3, optimizer="adamw", learning_rate=0.003, seed=7),
    )
    again = RunConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert again.to_dict() == config.to_dict()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("epochs", 0, "Epochs: 0 is not allowed; choose a whole number from 1 to 1000"),
        ("epochs", -3, "Epochs: -3 is"),
        ("epochs", 2.5, "Epochs: 2.5 is"),
        ("epochs", True, "Epochs: True is"),
        ("batch_size", 0, "Batch size: 0 is"),
        ("batch_size", 10**9, "Batch size: 1000000000 is"),
        (
            "learning_rate",
            math.nan,
            "Learning rate: nan is not allowed; choose a number over 0 and up to 10",
        ),
        ("learning_rate", 0.0, "Learning rate: 0.0 is"),
        ("learning_rate", -0.1, "Learning rate: -0.1 is"),
        ("learning_rate", math.inf, "Learning rate: inf is"),
        ("learning_rate", "0.1", "Learning rate: '0.1' is"),
        ("momentum", 1.0, "Momentum: 1.0 is not allowed; choose a number from 0 and under 1"),
        ("weight_decay", -1e-4, "Weight decay: -0.0001 is"),
        ("label_smoothing", 1, "Label smoothing: 1 is"),
        (
            "gradient_clip",
            -1,
            "Gradient clipping: -1 is not allowed; choose 0 for no limit",
        ),
        ("seed", -1, "Seed: -1 is"),
        ("workers", 17, "Workers: 17 is"),
        ("optimizer", "sdg", "no optimizer named 'sdg'; choose one of sgd, adamw"),
        ("schedule", "coxine", "no schedule named 'coxine'"),
        ("device", "gpu", "no device named 'gpu'; choose one of auto, cuda, mps, cpu"),
        ("engine", "fast", "no augmentation engine named 'fast'"),
        ("precision", "half", "no precision named 'half'; choose one of auto, float32, bfloat16"),
        ("compile", "yes", "no compile mode named 'yes'; choose one of auto, on, off"),
        (
            "ema_decay",
            1.0,
            "EMA decay: 1.0 is not allowed; choose 0 for no averaging, or a number over",
        ),
        (
            "hold_out",
            -1,
            "Held-out images: -1 is not allowed; choose 0 for none, or a whole number",
        ),
        ("hold_out", 25_001, "Held-out images: 25001 is"),
        (
            "target_accuracy",
            101,
            "Target accuracy: 101 is not allowed; choose 0 for no target, or a number over 0",
        ),
        (
            "bias_lr_scale",
            0.0,
            "Bias LR scale: 0.0 is not allowed; choose a number over 0 and up to 100",
        ),
        (
            "initial_image_size",
            7,
            "Initial image size: 7 is not allowed; choose 0 for full size, or a whole",
        ),
        ("initial_image_size", 33, "Initial image size: 33 is"),
        ("initial_image_size", True, "Initial image size: True is"),
        ("replicas", 0, "Replicas: 0 is not allowed; choose a whole number from 1 to 64"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(field: str, value: object, said: str) -> None:
    with pytest.raises(BadSetting) as told:
        TrainingConfig(**{field: value})  # type: ignore[arg-type]
    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({"date": "x"}, "There is no 'date' in a run's settings; allowed are data, network"),
        ({"training": {"epoch": 1}}, "There is no 'epoch' in the training's settings"),
        ({"network": "modular_97k"}, "must be a table of names and values"),
        ([], "must be a table of names and values"),
        ({"data": ""}, "The data is ''"),
        ({"network": {"name": " "}}, "network's name is ' '"),
    ],
)
def test_a_dict_of_something_else_is_refused(plain: object, said: str) -> None:
    with pytest.raises(ValueError) as told:
        RunConfig.from_dict(plain)  # type: ignore[arg-type]
    assert said in str(told.value)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_stay_between_nothing_and_the_learning_rate(name: str) -> None:
    factors = [SCHEDULES[name].factor(index / 1000) for index in range(1001)]
    assert min(factors) >= 0
    assert max(factors) == pytest.approx(1, abs=1e-4)


def test_schedules_at_points_worked_out_by_hand() -> None:
    cosine, one_cycle = SCHEDULES["cosine"].factor, SCHEDULES["one_cycle"].factor
    assert cosine(0.25) == pytest.approx((1 + math.sqrt(0.5)) / 2)
    assert cosine(1) == pytest.approx(0)
    assert one_cycle(0) == pytest.approx(0.04)
    assert one_cycle(0.3) == pytest.approx(1)
    assert one_cycle(0.65) == pytest.approx(0.5)
    assert [SCHEDULES["step"].factor(x) for x in (0.49, 0.5, 0.75)] == [1, 0.1, 0.01]
    assert SCHEDULES["triangular"].factor(0.6) == pytest.approx(0.5)


def test_plateau_divides_by_five_where_three_epochs_gained_less_than_a_hundredth() -> None:
    plateau = SCHEDULES["plateau"].factor
    falling = [2.0, 1.9, 1.8, 1.7, 1.6, 1.5]
    stands = [1.5, 1.49, 1.495, 1.488]
    assert plateau(0.5, falling) == 1
    assert plateau(0.5, [*falling, *stands[:2]]) == 1
    assert plateau(0.5, [*falling, *stands[:3]]) == pytest.approx(0.2)
    assert plateau(0.5, [*falling, *stands, 1.49, 1.49]) == pytest.approx(0.04)
    assert plateau(0.9, [*falling, *stands[:2], 1.4, 1.4, 1.4]) == 1


def test_settings_from_before_the_newer_fields_still_load() -> None:
    old = RunConfig().to_dict()
    for name in (
        "precision", "compile", "ema_decay", "hold_out", "target_accuracy",
        "bias_lr_scale", "initial_image_size", "replicas",
    ):  # fmt: skip
        del old["training"][name]
    assert RunConfig.from_dict(old) == RunConfig()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_takes_a_step_downhill(name: str) -> None:
    import torch

    weight = torch.nn.Parameter(torch.tensor([3.0]))
    optimizer = OPTIMIZERS[name].build([weight], lr=0.01, momentum=0.9, weight_decay=0.0)
    for _ in range(5):
        optimizer.zero_grad()
        (weight**2).sum().backward()
        optimizer.step()
    assert weight.item() < 3.0
    assert optimizer.param_groups[0]["lr"] == 0.01


def test_every_field_says_what_it_is_for_once() -> None:
    known = settings_of(TrainingConfig)
    assert list(known) == [entry.name for entry in fields(TrainingConfig)]
    labels = [setting.label for setting in known.values()]
    assert len(set(labels)) == len(labels)
    for name, setting in known.items():
        assert setting.default == getattr(TrainingConfig(), name)
        assert setting.help.endswith("."), name


def test_what_is_allowed_is_what_the_words_say() -> None:
    """The words of each number's range, read by another way than the one that writes them."""
    for name, setting in settings_of(TrainingConfig).items():
        if setting.choices is not None:
            continue
        low, high = re.findall(r"-?[\d.]+(?:e[+-]\d+)?", setting.allowed)[-2:]
        for words, value, inside in (
            (("from",), setting.type(float(low)), True),
            (("up to", " to "), setting.type(float(high)), True),
            (("over",), setting.type(float(low)), bool(setting.zero)),
            (("under",), setting.type(float(high)), False),
        ):
            if not any(word in setting.allowed for word in words):
                continue
            if inside:
                assert getattr(TrainingConfig(**{name: value}), name) == value
            else:
                with pytest.raises(BadSetting, match="is not allowed"):
                    TrainingConfig(**{name: value})


def test_values_are_shown_as_they_are_read() -> None:
    shown = TrainingConfig(target_accuracy=85.0, initial_image_size=16, seed=3).described()
    assert shown["Optimizer"] == "SGD, Nesterov"
    assert shown["Target accuracy"] == "85%"
    assert shown["Initial image size"] == "16 px"
    assert shown["Held-out images"] == "none"
    assert (shown["Seed"], shown["Weight decay"]) == ("3", "0.0005")


def test_differences_are_told_by_their_labels() -> None:
    one = RunConfig()
    other = replace(
        one, data="cifar10", policy=POLICIES["none"].policy,
        training=replace(one.training, epochs=3, ema_decay=0.5),
    )  # fmt: skip
    assert one.differences(other) == ["Augmentation", "Epochs", "EMA decay"]
    assert one.differences(one) == []
