import json
import math

import pytest

from core.augment.policies import POLICIES
from core.config.choices import OPTIMIZERS, SCHEDULES
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.errors import BadSetting


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
        ("epochs", 0, "number of epochs is 0; choose a whole number from 1 to 1000"),
        ("epochs", -3, "epochs is -3"),
        ("epochs", 2.5, "epochs is 2.5"),
        ("epochs", True, "epochs is True"),
        ("batch_size", 0, "batch size is 0"),
        ("batch_size", 10**9, "batch size is 1000000000"),
        ("learning_rate", math.nan, "learning rate is nan; choose a number over 0 and up to 10"),
        ("learning_rate", 0.0, "learning rate is 0.0"),
        ("learning_rate", -0.1, "learning rate is -0.1"),
        ("learning_rate", math.inf, "learning rate is inf"),
        ("learning_rate", "0.1", "learning rate is '0.1'"),
        ("momentum", 1.0, "momentum is 1.0; choose a number from 0 and under 1"),
        ("weight_decay", -1e-4, "weight decay is -0.0001"),
        ("label_smoothing", 1, "label smoothing is 1"),
        ("gradient_clip", -1, "gradient clip is -1"),
        ("seed", -1, "seed is -1"),
        ("workers", 17, "workers is 17"),
        ("optimizer", "sdg", "no optimizer named 'sdg'; choose one of sgd, adamw"),
        ("schedule", "coxine", "no schedule named 'coxine'"),
        ("device", "gpu", "no device named 'gpu'; choose one of auto, cuda, mps, cpu"),
        ("engine", "fast", "no augmentation engine named 'fast'"),
        ("precision", "half", "no precision named 'half'; choose one of auto, float32, bfloat16"),
        ("compile", "yes", "no compilation named 'yes'; choose one of auto, on, off"),
        (
            "ema_decay",
            1.0,
            "decay of the averaged weights is 1.0; choose a number from 0 and under 1",
        ),
        ("hold_out", -1, "number of images held out is -1; choose a whole number from 0 to 25000"),
        ("hold_out", 25_001, "number of images held out is 25001"),
        ("target_accuracy", 101, "target accuracy is 101; choose a number from 0 and up to 100"),
        ("bias_lr_scale", 0.0, "rate of biases is 0.0; choose a number over 0 and up to 100"),
        (
            "initial_image_size",
            7,
            "side of the first images is 7; choose 0 for full size, or a whole",
        ),
        ("initial_image_size", 33, "side of the first images is 33"),
        ("initial_image_size", True, "side of the first images is True"),
        ("replicas", 0, "number of replicas is 0; choose a whole number from 1 to 64"),
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
    config = TrainingConfig(optimizer=name, learning_rate=0.01, weight_decay=0.0)
    optimizer = OPTIMIZERS[name].build([weight], config)
    for _ in range(5):
        optimizer.zero_grad()
        (weight**2).sum().backward()
        optimizer.step()
    assert weight.item() < 3.0
    assert optimizer.param_groups[0]["lr"] == 0.01
