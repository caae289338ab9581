"""One image through a policy: against the untouched prediction, and against a flip by hand."""

from pathlib import Path

import pytest
import torch

from core.augment.policies import named
from core.augment.policy import Policy, Transform
from core.config.run_config import NetworkConfig
from core.data import shape_drawing
from core.mistakes.augmented_views import predict_views
from core.mistakes.cam.sanity_checks import reinitialize
from core.networks.building import build
from core.runs import weights

IMAGE = shape_drawing.make(10, 20).test_images[3]
MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
FLIP = Policy((Transform("HorizontalFlip", {"p": 1.0}),))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network in a file, drawn from a generator of its own."""
    network = NetworkConfig("modular_97k")
    with torch.device("meta"):
        model = build(network, 10)
    model = model.to_empty(device="cpu")
    reinitialize(model, 0)
    last = [each for each in model.modules() if hasattr(each, "weight")][-1]
    with torch.no_grad():
        last.weight *= 1000  # untrained it says nearly the same of every image
    file = tmp_path_factory.mktemp("weights") / "w.safetensors"
    about = weights.WeightsAbout(network, shape_drawing.CLASS_NAMES, MEAN, STD, "Shapes", 1, 10.0)
    weights.save(file, model.state_dict(), about)
    return file


def by_hand(path: Path, image: torch.Tensor) -> torch.Tensor:
    """Softmax of the normalized image, without the code under test."""
    shape = (1, 3, 1, 1)
    x = (image[None].float() / 255 - torch.tensor(MEAN).view(shape)) / torch.tensor(STD).view(shape)
    with torch.no_grad():
        return weights.load(path).model(x).softmax(1)[0]


def test_without_augmentation_every_drawing_gets_the_untouched_answer(path: Path) -> None:
    made = predict_views(path, IMAGE, named("none"), seed=5)
    expected = by_hand(path, IMAGE)
    assert made.images.shape == (12, 3, 32, 32)
    assert all(torch.equal(each, IMAGE) for each in made.images)
    torch.testing.assert_close(made.original, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(made.probabilities, expected.expand(12, -1), atol=1e-5, rtol=1e-5)
    assert made.original_class == int(expected.argmax())
    assert made.count_predicted(made.original_class) == 12
    assert made.mean(made.original_class) == pytest.approx(float(expected.max()), abs=1e-5)


def test_a_flip_that_always_happens_is_the_flip_by_hand(path: Path) -> None:
    made = predict_views(path, IMAGE, FLIP, seed=5, count=4)
    flipped = by_hand(path, IMAGE.flip(2))
    assert not torch.allclose(flipped, by_hand(path, IMAGE), atol=1e-4)  # else this shows nothing
    assert all(torch.equal(each, IMAGE.flip(2)) for each in made.images)
    torch.testing.assert_close(made.probabilities, flipped.expand(4, -1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(made.original, by_hand(path, IMAGE), atol=1e-5, rtol=1e-5)
    assert [record[0].name for record in made.records] == ["HorizontalFlip"] * 4


def test_drawings_follow_from_the_seed_and_nobody_elses_generator(path: Path) -> None:
    policy = named("assignment")
    before = torch.get_rng_state()
    first, again, other = (predict_views(path, IMAGE, policy, seed=s, count=6) for s in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.probabilities, again.probabilities)
    assert not torch.equal(first.images, other.images)
    assert len({each.numpy().tobytes() for each in first.images}) > 1
    counted = [first.count_predicted(c) for c in range(10)]
    assert counted == [
        sum(int(row.argmax()) == c for row in first.probabilities) for c in range(10)
    ]
    assert first.mean(2) == pytest.approx(sum(first.probabilities[:, 2].tolist()) / 6)
