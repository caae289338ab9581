"""The benchmarks of training: their arithmetic, that they do what they count, and that they run.

No figure that they measure is asserted.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import apart, cores, gpu, layers, plain, time_to_85, train_step, turns
from core.augment.policies import named
from core.augment.policy import Policy
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.data import shape_drawing
from core.data.image_set import ImageSet
from core.data.sources import catalogue
from core.events import EpochEnded
from core.networks.building import build
from core.paths import REPOSITORY
from core.runs.store import Run
from core.training.recipes import RECIPES

pytestmark = pytest.mark.filterwarnings("ignore:ShiftScaleRotate is a special case")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def images() -> ImageSet:
    return shape_drawing.make(96, 40, seed=1)


@pytest.fixture
def loaded(images: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the commands load in place of all the shapes."""
    monkeypatch.setattr(catalogue, "load", lambda *_: images)


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each step of an SGD, whoever takes it."""
    taken: list[int] = []
    step = torch.optim.SGD.step

    def counted(self: torch.optim.SGD, *given: Any, **named: Any) -> Any:
        taken.append(1)
        return step(self, *given, **named)

    monkeypatch.setattr(torch.optim.SGD, "step", counted)
    return taken


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> RunConfig:
    """A recipe called `quick`: two epochs, the first with small images."""
    config = RunConfig(
        network=NetworkConfig("modular_97k"),
        policy=named("assignment"),
        training=TrainingConfig(epochs=2, batch_size=16, initial_image_size=16, ema_decay=0.5),
    )
    recipe = replace(RECIPES["doc_003"], config=config, document="")
    monkeypatch.setitem(RECIPES._records, "quick", recipe)
    return config


def config(**training: Any) -> RunConfig:
    settings = {"batch_size": 16, "device": "cpu", "learning_rate": 0.01, **training}
    return RunConfig(policy=named("assignment"), training=TrainingConfig(**settings))


def test_turns_rotate_and_a_figure_is_of_one_step() -> None:
    asked: list[tuple[str, int]] = []

    def way(name: str, seconds: float) -> Callable[[int], float]:
        def steps(count: int) -> float:
            asked.append((name, count))
            return seconds * count

        return steps

    found = turns.take_turns({"a": way("a", 2.0), "b": way("b", 3.0)}, 4, 2, warm=1)
    assert found == {"a": [2.0, 2.0], "b": [3.0, 3.0]}
    assert asked == [("a", 1), ("b", 1), ("a", 4), ("b", 4), ("b", 4), ("a", 4)]


def test_a_ratio_is_of_the_figures_of_each_round() -> None:
    found = turns.ratio([2.0, 9.0, 12.0, 4.0, 10.0], [1.0, 3.0, 3.0, 4.0, 2.0])  # 2, 3, 4, 1, 5
    assert (found.median, found.low, found.high) == (3, 2, 4)
    assert turns.spread([7.0]) == turns.Spread(7, 7, 7)


def test_our_loop_takes_as_many_steps_as_it_is_asked_and_no_more(
    images: ImageSet, stepped: list[int]
) -> None:
    ours = turns.Ours(config(), images)  # 6 steps an epoch
    assert len(stepped) == 0
    assert ours.steps(2) > 0
    assert len(stepped) == 2
    ours.steps(3)
    assert len(stepped) == 5
    # the next two would go across the end of the epoch, so they are done and done again
    ours.steps(2)
    assert len(stepped) == 9
    assert len(ours.endings) == 1
    assert ours.ending() == ours.endings[1] > 0
    assert len(stepped) == 12
    ours.close()
    assert len(stepped) <= 13  # the one it was held before
    with pytest.raises(SystemExit, match="6 steps"):
        ours.steps(6)


def test_an_error_of_our_loop_is_not_lost_in_its_thread(images: ImageSet) -> None:
    with pytest.raises(ValueError, match="network"):
        turns.Ours(replace(config(), network=NetworkConfig("nowhere")), images)


def test_the_plain_loop_takes_as_many_steps_as_it_is_asked(
    images: ImageSet, stepped: list[int]
) -> None:
    settings = config()
    loop = plain.Plain(images, settings.policy, settings.network, settings.training, 0, CPU)
    assert loop.steps(8) > 0  # further than one epoch
    assert len(stepped) == 8
    assert loop._seen == 8 * 16
    assert loop.test() > 0


def _leave(code: int) -> None:
    os._exit(code)


def test_the_plain_loop_in_a_process_of_its_own(images: ImageSet, stepped: list[int]) -> None:
    settings = config()
    there = apart.Apart(
        plain.Plain, images, settings.policy, settings.network, settings.training, 0, CPU
    )
    process = there._process
    assert process.pid != os.getpid()
    assert process.is_alive()
    assert there.call("steps", 2) > 0
    assert there.call("test") > 0
    assert stepped == []  # not one of them here
    there.close()
    there.close()
    assert not process.is_alive()


def test_what_is_raised_in_the_other_process_is_raised_here(images: ImageSet) -> None:
    large = config(batch_size=97)
    with pytest.raises(SystemExit, match="97"):
        apart.Apart(plain.Plain, images, large.policy, large.network, large.training, 0, CPU)
    with pytest.raises(SystemExit, match="with 3"):
        apart.Apart(_leave, 3)


def test_the_plain_loop_sees_what_arithmetic_gives(images: ImageSet) -> None:
    made = plain.PerImage(
        images.train_images, images.train_labels, Policy(()), images.mean, images.std
    )
    pixels, label = made[3]
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (images.mean, images.std))
    expected = (images.train_images[3].float() / 255 - mean) / std
    assert torch.allclose(pixels, expected, atol=1e-5)
    assert label == images.train_labels[3]


def test_less_than_a_batch_is_refused(images: ImageSet) -> None:
    """Both leave the last, smaller batch out and would wait for a whole one for ever."""
    large = config(batch_size=97)
    with pytest.raises(SystemExit, match="97"):
        plain.Plain(images, large.policy, large.network, large.training, 0, CPU)
    with pytest.raises(SystemExit, match="97"):
        turns.data_alone(large, images, CPU)


def test_few_images_are_the_first_ones(images: ImageSet) -> None:
    some = turns.few(images, 10)
    assert torch.equal(some.train_images, images.train_images[:10])
    assert len(some.train_labels) == 10
    assert some.test_images.shape == images.test_images.shape


def test_train_step_runs(loaded: None, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--data", "shapes", "--batch", "16", "--steps", "1", "--rounds", "2"]
    assert train_step.main([*given, "--workers", "0", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    rates = answer["images_per_second"]
    assert list(rates) == [
        train_step.OURS, "the plain loop, no workers", train_step.BOUND, train_step.DATA,
    ]  # fmt: skip
    assert all(len(figures) == 2 and min(figures) > 0 for figures in rates.values())
    assert answer["precision"] in ("float32", "bfloat16", "float16")
    text = train_step.table(answer)
    assert text.count("at least") == 2


def test_train_step_counts_the_faster_plain_loop() -> None:
    answer = {
        "images_per_second": {
            train_step.OURS: [100.0, 200.0, 300.0],
            "the plain loop, no workers": [50.0, 50.0, 50.0],
            "the plain loop, 2 workers": [40.0, 100.0, 75.0],  # 2.5, 2 and 4 times
            train_step.BOUND: [125.0, 200.0, 400.0],  # 0.8, 1, 0.75
            train_step.DATA: [10_000.0, 10_000.0, 10_000.0],
        }
    }
    found = train_step.verdicts(answer)
    assert found["plain"] == "the plain loop, 2 workers"
    assert found["over_plain"].median == 2.5
    assert found["over_bound"].median == 0.8
    assert found["share_on_data"].median == pytest.approx(0.02)


def test_the_document_s_epochs_are_the_first_with_85(tmp_path: Path) -> None:
    log = "".join(
        f"  Epoch {epoch}\n  Loss=0.5 Accuracy=90.00: 100%\n\n"
        f"  Validation set: Average loss: 0.4, Accuracy: {int(100 * share)}/10000 ({share:.2f}%)\n"
        for epoch, share in ((1, 46.33), (2, 84.99), (3, 85.0), (4, 84.0), (5, 86.0))
    )
    (tmp_path / "003_some.txt").write_text(log)
    epoch, source = time_to_85.epochs_of_log(tmp_path)
    assert (epoch, "003_some.txt" in source) == (3, True)
    assert time_to_85.epochs_of_log(tmp_path / "nowhere")[0] == time_to_85.LOGGED


def test_the_epochs_written_down_are_those_of_the_log() -> None:
    if not list(time_to_85.SEEDS.glob("003_*.txt")):
        pytest.skip("the documents do not lie beside this checkout")
    assert time_to_85.epochs_of_log()[0] == time_to_85.LOGGED


def test_every_epoch_of_a_recipe_has_its_size() -> None:
    grows = config(epochs=10, initial_image_size=20)
    # 20 + 12 x (epoch - 1) / 9 / 0.75, in steps of 4, full from there: by hand
    assert time_to_85.sides_of(grows, 32) == {20: 2, 24: 2, 28: 2, 32: 4}
    assert time_to_85.sides_of(config(epochs=7), 32) == {32: 7}
    assert time_to_85.standing(grows, 24, 32).training.initial_image_size == 24
    assert time_to_85.standing(grows, 32, 32).training.initial_image_size == 0


def test_seconds_to_85_are_epochs_by_steps_by_seconds() -> None:
    answer = {
        "document_epochs": 69,
        "document_steps": 391,
        "recipe": "sprint",
        "recipe_steps": 100,
        "rounds": 2,
        "workers": 2,
        "sides": {"20": 3, "32": 2},
        "seconds_a_step": {
            "document, 0 workers": [9.0, 9.0],
            "document, 2 workers": [0.5, 1.0],
            "sprint, 20 px": [0.1, 0.2],
            "sprint, 32 px": [0.3, 0.4],
        },
        "seconds_after_an_epoch": {"document": [10.0, 12.0, 11.0], "sprint": [2.0, 2.0, 2.0]},
    }
    found = time_to_85.totals(answer)
    assert found["document"] == pytest.approx([69 * 391 * 0.5, 69 * 391 * 1.0])
    assert found["recipe"] == pytest.approx([90, 140])
    assert found["document_whole"] == pytest.approx([69 * 391 * 0.5 + 759, 69 * 391 + 759])
    assert found["recipe_whole"] == pytest.approx([100, 150])


def test_time_to_85_runs_and_trains(
    loaded: None, quick: RunConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--recipe", "quick", "--steps", "1", "--rounds", "1", "--passes", "1"]
    given += ["--workers", "0", "--images", "160", "--train", "--seeds", "4"]
    # document 003's batch is 128 images, so that the plain loop needs more than the fixture has
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "load", lambda *_: shape_drawing.make(160, 40, seed=1))
        assert time_to_85.main([*given, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["sides"] == {"16": 1, "32": 1}
    assert set(answer["seconds_a_step"]) == {
        "document, 0 workers", "quick, 16 px", "quick, 32 px",
    }  # fmt: skip
    assert (answer["document_steps"], answer["recipe_steps"]) == (2, 10)
    (run,) = answer["trained"]
    assert (run["seed"], run["epochs"], len(run["rows"])) == (4, 2, 2)
    assert run["accuracy"] == run["rows"][-1]["accuracy"]
    assert "quick" in time_to_85.table(answer)


def test_gpu_keeps_what_it_has_and_goes_on(
    loaded: None, quick: RunConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    given = ["--folder", str(tmp_path), "--recipe", "quick", "--epochs", "2", "--steps", "1"]
    given += ["--rounds", "1", "--seeds", "0", "--networks", "modular_97k", "padded_97k"]
    fit = gpu.fit

    def cut_off(config: RunConfig, on_event: Any, should_stop: Any, **more: Any) -> None:
        """The second network is stopped in its second epoch, as if the time were up."""
        ended: list[Any] = []

        def listen(event: Any) -> None:
            on_event(event)
            ended.extend([event] if isinstance(event, EpochEnded) else [])

        fit(config, listen, lambda: config.network.name == "padded_97k" and bool(ended), **more)

    monkeypatch.setattr(gpu, "fit", cut_off)
    assert gpu.main(given) == 1
    said = capsys.readouterr()
    assert "--resume" in said.err
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [row["kind"] for row in rows] == ["sprint", "share", "begun", "network", "begun"]
    with pytest.raises(SystemExit, match="--resume"):
        gpu.main(given)

    monkeypatch.setattr(gpu, "fit", fit)
    with (tmp_path / "rows.jsonl").open("a") as file:
        file.write('{"kind": "netw')  # a line that was being written at the kill
    assert gpu.main([*given, "--resume"]) == 0
    rows = gpu.Rows(tmp_path / "rows.jsonl", resume=True).found
    assert [row["kind"] for row in rows][-1] == "network"
    assert len([row for row in rows if row["kind"] == "sprint"]) == 1
    begun = [row for row in rows if row["kind"] == "begun"]
    assert len(begun) == 2  # the second went on in its run
    run = Run(tmp_path / "runs" / begun[1]["run"])
    assert [row["epoch"] for row in run.epochs()] == [1, 2]
    written = (run.folder / "epochs.jsonl").read_text().splitlines()
    assert len(written) == 2  # the first epoch was not done again
    assert rows[-1]["accuracy"] == run.epochs()[-1]["test_accuracy"]
    text = capsys.readouterr().out
    assert "| `padded_97k` | 002 | 50 | 2 | 85.4 |" in text
    assert "Not finished: `baseline_1m6`" in text


def test_the_table_of_documents_has_all_their_networks() -> None:
    theirs = {recipe.config.network.name for _, recipe in RECIPES.items() if recipe.document}
    assert set(gpu.DOCUMENTS) == theirs
    assert len(theirs) == 6
    for network in gpu.DOCUMENTS:
        assert build(NetworkConfig(network), 10)(torch.zeros(2, 3, 32, 32)).shape == (2, 10)


def test_seconds_to_85_of_a_training_are_those_of_the_epoch_that_reached_it() -> None:
    rows = [
        {"accuracy": share, "elapsed": at, "training_seconds": 4.0}
        for share, at in ((70.0, 5.0), (85.0, 9.5), (84.0, 14.0), (86.0, 20.0))
    ]
    assert gpu.to_target({"rows": rows}) == 9.5
    assert gpu.to_target({"rows": rows[:1]}) is None


@pytest.mark.parametrize("command", [time_to_85.main, gpu.main])
def test_a_recipe_that_is_not_there_is_bad_usage(
    command: Callable[[list[str]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        command(["--recipe", "sprnit"])
    assert left.value.code == 2
    assert "doc_003" in capsys.readouterr().err


def test_the_operations_of_a_layer_are_what_torch_counts() -> None:
    """Three times the forward pass: torch counts a depthwise convolution's gradients as full."""
    counted = {}
    for name, (channels, side, layer) in layers.LAYERS.items():
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            layer(torch.randn(2, channels, side, side))
        counted[name] = 3 * counter.get_total_flops()
    expected = {name: layers.operations(*layer, 2) for name, layer in layers.LAYERS.items()}
    assert counted == expected
    assert expected["3x3 convolution, 32 at 16x16"] == 3 * 2 * 2 * 256 * 9 * 32 * 32


def test_the_table_of_layers_has_a_row_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert layers.main(["--batch", "2", "--steps", "1", "--rounds", "2"]) == 0
    printed = capsys.readouterr().out
    assert all(f"\n| {name} |" in printed for name in layers.LAYERS)


def test_cores_compares_whole_batches_with_parts_and_all_threads_with_one(
    loaded: None, quick: RunConfig, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    small = replace(
        quick,
        network=NetworkConfig("sprint"),
        training=replace(quick.training, batch_size=32, optimizer="muon"),
    )
    recipe = replace(RECIPES["quick"], config=small)
    given = ["--recipes", "quick", "--steps", "1", "--rounds", "2"]
    with pytest.raises(SystemExit, match="not learned in 2 parts"):
        cores.main(given)  # its network has dropout
    monkeypatch.setitem(RECIPES._records, "quick", recipe)
    assert cores.main([*given, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out).values()
    assert list(found) == [cores.WHOLE, "2 replicas", cores.ALL, cores.ONE]
    assert all(len(figures) == 2 for figures in found.values())
    assert cores.main(given) == 0
    assert capsys.readouterr().out.count("\n| `quick` |") == 4


# What runs in a process of its own, in its shortest form. The benchmarks of training run above.
SHORT = {
    "augment": "--data shapes --batch 16 --images 64 --slow-images 64 --rounds 1",
    "before_a_run": "--data shapes --epochs 1 --rounds 2",
    "inspection": "--repeats 2",
    "mistakes": "--data shapes --rounds 1 --turns 3",
    "dashboard": "--rounds 2 --seconds 1 --times 2",
}


def test_every_benchmark_of_the_readme_has_a_short_form_here() -> None:
    text = (REPOSITORY / "benchmarks" / "README.md").read_text("utf-8")
    named_there = set(re.findall(r"python benchmarks/(\w+)\.py", text))
    here = {each.__name__.split(".")[-1] for each in (cores, gpu, layers, time_to_85, train_step)}
    assert named_there == {*SHORT, *here, "first_images"}  # that one in test_benchmarks_data.py


@pytest.mark.timeout(900)
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.e2e) if name == "dashboard" else name
             for name in SHORT]
)  # fmt: skip
def test_its_short_form_prints_its_figures(name: str) -> None:
    command = [sys.executable, f"benchmarks/{name}.py", *SHORT[name].split()]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    lines = [line for line in ran.stdout.splitlines() if re.search(r"\d", line)]
    assert len(lines) >= 4, ran.stdout
