"""Compiled where it works, as it is written where it does not, and the same names either way."""

import shutil

import pytest
import torch

from core.errors import LabError
from core.events import EpochEnded, Event, Started
from core.training import compilation
from core.training.learner import make_learner
from core.training.loop import fit
from tests.core.conftest import Configure, Load, without_dropout

needs_a_compiler = pytest.mark.skipif(
    not shutil.which("g++") and not shutil.which("clang++"), reason="no C++ compiler here"
)


def story(config: object, load: Load) -> tuple[Started, EpochEnded]:
    events: list[Event] = []
    fit(config, events.append, lambda: False, load=load)  # type: ignore[arg-type]
    started = next(event for event in events if isinstance(event, Started))
    return started, [event for event in events if isinstance(event, EpochEnded)][-1]


def test_where_it_is_wanted() -> None:
    cpu, cuda, mps = map(torch.device, ("cpu", "cuda", "mps"))
    assert [compilation.is_asked("auto", device) for device in (cpu, cuda, mps)] == [
        False,
        True,
        False,
    ]
    assert compilation.is_asked("on", cpu)
    assert not compilation.is_asked("off", cuda)


@pytest.mark.slow
@needs_a_compiler
def test_a_compiled_run_is_the_same_run(tiny: Configure, load: Load) -> None:
    """Without dropout, whose draws a compiler orders as it likes; figures agree, names too."""
    settings = {"epochs": 1, "batch_size": 64, "precision": "float32", "learning_rate": 0.01}
    compiled, ours = story(without_dropout(tiny(compile="on", **settings)), load)
    plain, theirs = story(without_dropout(tiny(compile="off", **settings)), load)
    assert (compiled.compiled, plain.compiled) == (True, False)
    assert compiled.note == plain.note
    assert list(ours.weights) == list(theirs.weights)
    for name, tensor in ours.weights.items():
        assert torch.allclose(tensor, theirs.weights[name], atol=1e-4), name
    assert ours.metrics.train_loss == pytest.approx(theirs.metrics.train_loss, rel=1e-4)


def test_without_a_compiler_it_is_said_and_the_run_goes_on(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As torch does: compile() succeeds, the first call fails."""
    settings = {"epochs": 1, "precision": "float32"}
    _, theirs = story(tiny(compile="off", **settings), load)

    def compile_later(model: torch.nn.Module, **_: object) -> object:
        def call(images: torch.Tensor) -> torch.Tensor:
            model(images)  # some of it may have run before the compiler was missed
            raise RuntimeError("Failed to find C compiler.\nPlease specify via CC.")

        return call

    monkeypatch.setattr(torch, "compile", compile_later)
    started, ours = story(tiny(compile="on", **settings), load)
    assert not started.compiled
    assert started.note.endswith(
        "The network runs uncompiled, for compiling it failed (Failed to find C compiler)."
    )
    for name, tensor in ours.weights.items():
        assert torch.equal(tensor, theirs.weights[name]), name


def test_every_size_is_compiled_before_the_first_step(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """160 images in batches of 64: the last one, of 32, goes by the network as it is written."""
    shapes: list[tuple[int, ...]] = []

    def compile_now(model: torch.nn.Module, **_: object) -> object:
        def call(images: torch.Tensor) -> torch.Tensor:
            shapes.append(tuple(images.shape))
            return model(images)

        return call

    monkeypatch.setattr(torch, "compile", compile_now)
    settings = {"epochs": 4, "batch_size": 64, "initial_image_size": 16, "precision": "float32"}
    started, ours = story(tiny(compile="on", **settings), load)
    assert started.compiled
    assert shapes == [(64, 3, side, side) for side in (16, 24, 32, 16, 16, 24, 24, *[32] * 4)]
    _, theirs = story(tiny(compile="off", **settings), load)
    for name, tensor in ours.weights.items():
        assert torch.equal(tensor, theirs.weights[name]), name


def test_a_run_that_is_stopped_while_compiling_stops(tiny: Configure, load: Load) -> None:
    """Whoever is told the progress may end it, and that is not taken for a failed compilation."""
    config = tiny(compile="on")
    learner = make_learner(config, load("shapes"), torch.device("cpu"), fresh=True)

    def stop(fraction: float, message: str) -> None:
        raise LabError("Stopped.")

    with pytest.raises(LabError, match="Stopped"):
        compilation.compile_network(learner, 32, [32], stop)


def test_compiling_leaves_no_gradients(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would be memory that nobody asked for until the first step."""
    monkeypatch.setattr(torch, "compile", lambda model, **_: model)
    learner = make_learner(tiny(), load("shapes"), torch.device("cpu"), fresh=True)
    assert compilation.compile_network(learner, 32, [16, 32], lambda fraction, message: None) == ""
    assert all(parameter.grad is None for parameter in learner.model.parameters())
