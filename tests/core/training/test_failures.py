"""What goes wrong is told in a sentence with what to do, and ends the run."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.events import EpochEnded, Event
from core.training import failures
from core.training.learner import Learner, make_learner
from core.training.loop import fit
from tests.core.conftest import Configure, Load


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        MemoryError("Unable to allocate 8 GiB for an array"),
    ],
    ids=lambda error: str(error)[:12],
)
def test_memory_that_does_not_suffice_names_a_batch_size(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Learner, "step", fail)
    with pytest.raises(LabError) as told:
        fit(tiny(), lambda event: None, lambda: False, load=load)
    assert str(told.value) == (
        "The device ran out of memory at batch size 32; try 16, or close what else uses the device."
    )


def test_what_the_processor_s_own_allocator_says_is_understood(
    tiny: Configure, load: Load, tmp_path: Path
) -> None:
    source = Path(tiny().network.name.removesuffix(":Tiny")).read_text()
    greedy = source.replace("return self.body(x)", "return self.body(x) + torch.empty(2**60)[0]")
    (tmp_path / "greedy.py").write_text("import torch\n" + greedy)
    config = replace(tiny(batch_size=64), network=NetworkConfig(f"{tmp_path / 'greedy.py'}:Tiny"))
    with pytest.raises(LabError, match="out of memory at batch size 64; try 32"):
        fit(config, lambda event: None, lambda: False, load=load)


def test_other_errors_are_not_called_memory(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(Learner, "step", fail)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        fit(tiny(), lambda event: None, lambda: False, load=load)


def test_the_batch_that_fits_worked_out_by_hand() -> None:
    """16 images took 260 bytes and 32 took 420: 10 an image and 100 once. 0.9 x 2000 are free."""
    assert failures.that_fits(2000, 16, 260, 420, 1000) == 168  # 170, and a multiple of 8
    assert failures.that_fits(2000, 16, 260, 420, 128) == 120  # smaller than what did not fit
    assert failures.that_fits(160, 16, 260, 420, 128) == 4
    assert failures.that_fits(10, 16, 260, 420, 128) == 1
    assert failures.that_fits(2000, 16, 260, 260, 128) is None


def test_a_card_is_measured_and_a_failing_measurement_is_not_told(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = make_learner(tiny(), load("shapes"), torch.device("cpu"), fresh=True)
    assert failures.largest_batch(learner, 128) is None  # no card
    learner.device = torch.device("cuda")
    costs = {8: 180, 16: 260}
    monkeypatch.setattr(failures, "_cost", lambda _, images: costs[images])
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 5000))
    assert failures.largest_batch(learner, 128) == 80  # 10 an image, 100 once, of 900
    monkeypatch.setattr(failures, "_cost", lambda *_: 1 / 0)
    assert failures.largest_batch(learner, 128) is None


def test_an_epoch_whose_last_step_broke_the_weights_is_not_kept(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its losses are finite: each was calculated before the step that spoilt the weights."""
    step = Learner.step

    def spoil(self: Learner, *rest: object) -> torch.Tensor:
        figures = step(self, *rest)  # type: ignore[arg-type]
        if rest[2] == 10:
            with torch.no_grad():
                next(self.model.parameters()).fill_(float("inf"))
        return figures

    monkeypatch.setattr(Learner, "step", spoil)
    events: list[Event] = []
    with pytest.raises(LabError) as told:
        fit(tiny(), events.append, lambda: False, load=load)
    assert "became nan at step 10 (epoch 2, learning rate" in str(told.value)
    assert "the last good checkpoint is that of epoch 1" in str(told.value)
    assert [e.metrics.epoch for e in events if isinstance(e, EpochEnded)] == [1]


def test_without_a_finished_epoch_there_is_no_checkpoint_to_name(
    tiny: Configure, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learner, "step", lambda *_: torch.tensor([float("inf"), 0.0, 0.0]))
    with pytest.raises(LabError) as told:
        fit(tiny(), lambda event: None, lambda: False, load=load)
    assert str(told.value).startswith(
        "The loss became inf at step 1 (epoch 1, learning rate 0.002)"
    )
    assert "no epoch was finished before, so there is no checkpoint" in str(told.value)
