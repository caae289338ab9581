import os
import signal
import time
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.augment.engine.albumentations import AlbumentationsEngine
from core.augment.engine.catalogue import choose_engine
from core.augment.engine.loader import Batches
from core.augment.functional import color
from core.augment.policies import named
from core.augment.policy import Policy, Transform
from core.data import shape_drawing
from core.errors import LabError

pytestmark = pytest.mark.filterwarnings("ignore:ShiftScaleRotate is a special case")
SET = shape_drawing.make(200, 20, seed=4)
MIXING = Policy((*named("assignment").transforms, Transform("MixUp"), Transform("CutMix")))


def batches(policy: Policy | str = "assignment", **changes: Any) -> Batches:
    settings: dict[str, Any] = {
        "mean": SET.mean, "std": SET.std, "classes": 10, "batch_size": 48,
        "device": torch.device("cpu"), "seed": 3,
    }  # fmt: skip
    policy = named(policy) if isinstance(policy, str) else policy
    return Batches(policy, SET.train_images, SET.train_labels, **{**settings, **changes})


def epoch(made: Batches, number: int = 0) -> list[tuple[Tensor, Tensor]]:
    return list(made.epoch(number))


def equal(one: list[tuple[Tensor, Tensor]], other: list[tuple[Tensor, Tensor]]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(torch.equal(a, c) and torch.equal(b, d) for (a, b), (c, d) in pairs)


@pytest.mark.parametrize("engine", ["batched", "albumentations"])
def test_an_epoch_depends_on_seed_and_number_alone(engine: str) -> None:
    first = batches(engine=engine)
    first_epochs = [epoch(first, number) for number in range(3)]
    torch.manual_seed(99)
    again = batches(engine=engine)
    assert equal(epoch(again, 2), first_epochs[2])  # without the two before it
    assert equal(epoch(again, 0), first_epochs[0])
    assert not equal(first_epochs[0], first_epochs[1])
    assert not equal(epoch(batches(engine=engine, seed=4)), first_epochs[0])


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_change_nothing(workers: int) -> None:
    alone = epoch(batches("seed_004", engine="albumentations"), 1)
    with batches("seed_004", engine="albumentations", workers=workers) as together:
        assert equal(epoch(together, 1), alone)
        assert len(epoch(together, 2)) == 5  # the same processes serve another epoch


@pytest.mark.parametrize("engine", ["batched", "albumentations"])
@pytest.mark.parametrize("policy", ["strong", "seed_003", "none"])
def test_torch_s_global_generator_is_left_alone(engine: str, policy: str) -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    epoch(batches(policy, engine=engine))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("engine", ["batched", "albumentations"])
def test_no_augmentation_is_normalization_of_every_image_once(engine: str) -> None:
    made = epoch(batches("none", engine=engine))
    assert [len(images) for images, _ in made] == [48, 48, 48, 48, 8]
    together = torch.cat([images for images, _ in made])
    labels = torch.cat([labels for _, labels in made])
    assert together.dtype == torch.float32
    mean, std = (torch.tensor(x).view(1, 3, 1, 1) for x in (SET.mean, SET.std))
    wanted = (SET.train_images / 255 - mean) / std
    matches = (together[:, None] - wanted[None]).abs().amax(dim=(2, 3, 4)) < 1e-5
    rows = matches.float().argmax(1)
    assert matches.any(1).all()
    assert sorted(labels.tolist()) == sorted(SET.train_labels.tolist())
    assert torch.equal(SET.train_labels[rows], labels)
    assert not torch.equal(rows, torch.arange(200))  # in another order


def test_without_shuffling_the_order_stays() -> None:
    labels = torch.cat([y for _, y in epoch(batches("none", shuffle=False))])
    assert torch.equal(labels, SET.train_labels)


def test_steps_an_epoch() -> None:
    for drop_last, steps in ((False, 5), (True, 4)):
        made = batches("none", drop_last=drop_last)
        assert len(made) == len(epoch(made)) == steps
    assert len(batches("none", batch_size=200)) == len(batches("none", batch_size=500)) == 1
    assert len(batches("none", batch_size=500, drop_last=True)) == 0


@pytest.mark.parametrize("engine", ["batched", "albumentations"])
def test_a_normalize_of_the_policy_s_own_is_the_only_one(engine: str) -> None:
    numbers = {"mean": (0.1, 0.2, 0.3), "std": (0.9, 0.8, 0.7)}
    own = Policy((Transform("Normalize", numbers),))
    [(images, _)] = epoch(batches(own, engine=engine, shuffle=False, batch_size=200))
    wanted = SET.train_images.float()
    color.normalize(wanted, (0.1, 0.2, 0.3), (0.9, 0.8, 0.7))
    assert torch.allclose(images, wanted, atol=1e-5)


@pytest.mark.parametrize("engine", ["batched", "albumentations"])
def test_mixed_labels_are_shares(engine: str) -> None:
    for images, targets in epoch(batches(MIXING, engine=engine)):
        assert targets.dtype == torch.float32
        assert targets.shape == (len(images), 10)
        assert torch.allclose(targets.sum(1), torch.ones(len(images)), atol=1e-5)
    assert any((targets.amax(1) < 1).any() for _, targets in epoch(batches(MIXING)))


def test_the_engine_that_is_used_and_why() -> None:
    blur = Policy((Transform("GaussianBlur"),))
    assert choose_engine(named("assignment"), "auto") == ("batched", "")
    assert choose_engine(named("assignment"), "albumentations") == ("albumentations", "")
    for asked in ("auto", "batched"):
        engine, note = choose_engine(blur, asked)
        assert engine == "albumentations"
        assert "GaussianBlur" in note
    with pytest.raises(LabError, match="auto, batched, albumentations"):
        batches(engine="fast")
    made = batches(Policy((*named("assignment").transforms, *blur.transforms)))
    assert (made.engine, made.note) == ("albumentations", choose_engine(blur, "auto")[1])
    assert len(epoch(made)) == 5


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def process_ids(made: Batches) -> list[int]:
    assert isinstance(made._engine, AlbumentationsEngine)
    assert made._engine.workers is not None
    return made._engine.workers.process_ids()


def test_closing_an_epoch_early_leaves_no_process() -> None:
    made = batches(engine="albumentations", workers=2)
    stream = made.epoch(0)
    next(stream)
    processes = process_ids(made)
    assert all(map(alive, processes))
    stream.close()  # type: ignore[attr-defined]
    assert not any(map(alive, processes))
    assert len(epoch(made)) == 5  # and the next epoch finds new ones
    processes = process_ids(made)
    del made
    deadline = time.monotonic() + 20
    while any(map(alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, processes))


def test_a_worker_that_dies_is_an_error_and_no_hang() -> None:
    with batches(engine="albumentations", workers=2, batch_size=4) as made:
        stream = made.epoch(0)
        next(stream)
        os.kill(process_ids(made)[1], signal.SIGKILL)
        with pytest.raises(LabError, match=r"ended \(exit code -9\)"):
            list(stream)


def test_what_a_worker_says_before_it_fails_is_passed_on() -> None:
    from core.augment.engine.worker import Job
    from core.augment.engine.worker_pool import Workers

    crew = Workers(1, Policy((Transform("ToGray", {"p": 1}),)), SET.mean, SET.std)
    two_channels = np.zeros((2, 32, 32, 2), np.uint8)
    try:
        with pytest.raises(LabError, match=r"albumentations failed .* expects 3-channel images"):
            list(crew.map([Job(two_channels, (1,))]))
    finally:
        crew.close()


def test_a_policy_that_albumentations_refuses_is_refused_before_the_run() -> None:
    from core.augment.engine.library import build

    with pytest.raises(LabError, match="has no max_holes and would ignore it"):
        build("CoarseDropout", {"max_holes": 1})
    with pytest.raises(LabError, match="refuses"):
        build("HorizontalFlip", {"p": 3})
