"""Run folders damaged in every way: each reader gives a result or one sentence, and never more.

Beside every damaged run lies a whole one, which is always listed and read as if it were alone.
"""

import json
import math
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from core.analysis.summary.inspection import Inspection
from core.config.run_config import RunConfig, TrainingConfig
from core.errors import LabError
from core.export import report
from core.paths import REPOSITORY
from core.predictions import check_fits
from core.runs import resume
from core.runs import status as statuses
from core.runs.claim import take
from core.runs.create import create_run
from core.runs.follow import Follower
from core.runs.model_ref import ModelRef, find_model
from core.runs.store import Run, list_runs, open_run
from core.training.job import Job
from tests.core.conftest import few_shapes

FIXTURE = REPOSITORY / "tests/fixtures/662d836/runs/20261124-233553-fixture_net-4910"
IMAGES = few_shapes()
EPOCHS = 2


@cache
def _made(folder: Path) -> tuple[Run, Run]:
    """Two runs as this version writes them, of the small network of the fixture."""
    plain = json.loads((FIXTURE / "config.json").read_text())
    training = TrainingConfig(epochs=EPOCHS, batch_size=64, ema_decay=0.5, device="cpu")
    config = replace(RunConfig.from_dict(plain), training=training)
    runs = []
    for _ in range(2):
        run = Run(create_run(folder, config))
        Job(run, config, take(run.folder), resume=False).train(lambda *_: IMAGES)
        assert run.status.state == "finished", run.status.message
        runs.append(run)
    return runs[0], runs[1]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    return _made(tmp_path_factory.mktemp("damage") / "runs")


@pytest.fixture(scope="module", autouse=True)
def _quick_reports() -> Iterator[None]:
    """The layer table of one network is worked out once, and no picture is drawn."""
    with pytest.MonkeyPatch.context() as patch:
        known: dict[str, Inspection] = {}
        original = report.inspect

        def inspect(network: Any, classes: int) -> Inspection:
            key = f"{network} {classes}"
            if key not in known:
                known[key] = original(network, classes=classes)
            return known[key]

        patch.setattr(report, "inspect", inspect)
        patch.setattr(report, "_picture", lambda *_: None)
        yield


# ---- every reader -----------------------------------------------------------------------------


def _status(run: Run) -> None:
    status = run.status
    assert status.state in statuses.STATES
    assert 0 <= status.fraction <= 1
    f"{status.message} {status.started.note} {run.title}".encode()
    assert 0 <= status.created < 1e12
    assert status.owner.process < 2**53


def _rows(run: Run) -> None:
    for rows, key in ((run.epochs(), "epoch"), (run.steps(), "step")):
        numbers = [row[key] for row in rows]
        assert numbers == sorted(set(numbers))
        for row in rows:
            assert all(isinstance(row[name], int) for name in ("epoch", key))
            named = "test_accuracy" if key == "epoch" else "accuracy"
            assert 0 <= row[named] <= 100
            assert math.isfinite(row["train_loss" if key == "epoch" else "loss"])
    follower = Follower(run)
    assert repr(follower.rows("epochs")) == repr(run.epochs())  # repr: NaN is not NaN
    assert repr(follower.rows("steps")) == repr(run.steps())
    assert follower.damage() == run.damage()
    run.last_step()


def _history(run: Run) -> None:
    for epoch, predicted, confidence in run.prediction_history():
        assert epoch > 0
        assert predicted.shape == confidence.shape
        assert predicted.max() < 10


def _predictions(run: Run) -> None:
    for which in ("best", "last"):
        predictions = run.predictions(which)
        if predictions is not None:
            assert predictions.probabilities.dtype == torch.float32
            assert 0 <= predictions.accuracy <= 100
            check_fits(predictions, IMAGES)


def _model(run: Run) -> None:
    for which in ("best", "last", "ema"):
        found = ModelRef.of_run(run, which).load().predictions(IMAGES, torch.device("cpu"))
        assert found.probabilities.isfinite().all()


def _evaluate(run: Run) -> None:
    find_model(str(run.folder), "last", run.folder.parent).about.network  # noqa: B018


def _report(run: Run) -> None:
    text = report.write(run, run.folder.parent.parent / "report", lambda _: IMAGES).read_text()
    assert text.startswith("# ")


READERS: tuple[Callable[[Run], object], ...] = (
    _status, _rows, _history, _predictions, _model, _evaluate, _report,
    lambda run: run.config, Run.progress, Run.environment, Run.checkpoint, Run.damage,
    resume.check, lambda run: open_run(run.folder.parent, run.name),
)  # fmt: skip


def quietly(reader: Callable[[Run], object], run: Run) -> str:
    """The sentence that it said in place of a result, or ""."""
    try:
        reader(Run(run.folder))
        return ""
    except LabError as error:
        sentence = str(error)
    assert sentence.strip()
    assert "\n" not in sentence
    sentence.encode()
    assert len(sentence) < 1500
    return sentence


def every_reader_copes(damaged: Run, whole: Run) -> int:
    """Asserts so; how many readers said a sentence in place of a result."""
    names = [run.name for run in list_runs(whole.folder.parent)]
    assert whole.name in names
    sentences = [quietly(reader, damaged) for reader in READERS]
    assert Run(whole.folder).title == "fixture_net #2"
    assert Run(whole.folder).status.state == "finished"
    return sum(map(bool, sentences))


# ---- damages ----------------------------------------------------------------------------------

RAW = (
    "null", "true", '"x"', '""', "[]", "{}", "-1", "0", "2.5", "1e30", "1" + "0" * 30, "1e999",
    "NaN", "-Infinity", "9" * 400, "9" * 5000, '"\\ud800"', '"\\u0000"', '"<b>x</b>|`"',
    "[" * 5000 + "]" * 5000, '{"a":' * 5000 + "1" + "}" * 5000, '[1, "a", null]',
    '"' + "a" * 100_000 + '"', "4503599627370497",
)  # fmt: skip


def replaced(text: str, path: tuple[Any, ...], raw: str) -> str:
    """JSON text with the value at `path` replaced by what may be no JSON at all."""
    plain = json.loads(text)
    place = plain
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = "@@@"
    return json.dumps(plain).replace('"@@@"', raw)


def paths_in(plain: object, depth: int = 3) -> list[tuple[Any, ...]]:
    """The places of all values of nested tables and lists, the first of each list."""
    found: list[tuple[Any, ...]] = []
    items: list[tuple[Any, Any]] = []
    if isinstance(plain, dict):
        items = list(plain.items())
    elif isinstance(plain, list):
        items = list(enumerate(plain[:1]))
    for name, value in items:
        found.append((name,))
        if depth > 1:
            found += [(name, *rest) for rest in paths_in(value, depth - 1)]
    return found


class Damaged:
    """One file of a run while it is damaged; put back as it was afterwards."""

    def __init__(self, path: Path) -> None:
        self.path, self._content = path, path.read_bytes()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        if self.path.is_dir() and not self.path.is_symlink():
            shutil.rmtree(self.path)
        self.path.unlink(missing_ok=True)
        self.path.write_bytes(self._content)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


ANY_FILE: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "folder": _folder,
    "link loop": _loop,
    "half": _half,
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(4096)),
    "noise": lambda path: path.write_bytes(os.urandom(4096)),
    "not UTF-8": lambda path: path.write_bytes(b'{"a": "\xff\xfe"}\n'),
    "brackets": lambda path: path.write_bytes(b"[" * 100_000),
    "nested": lambda path: path.write_bytes(b"[" * 5000 + b"]" * 5000 + b"\n"),
    "null": lambda path: path.write_bytes(b"null\n"),
    "a number": lambda path: path.write_bytes(b"9" * 5000 + b"\n"),
    "a table": lambda path: path.write_bytes(b'{"state": "running", "process": "x"}\n'),
    "a list": lambda path: path.write_bytes(b"[1, 2]\n"),
    "a length of 10^18": lambda path: path.write_bytes((10**18).to_bytes(8, "little") + b"{}"),
    "a pickle": lambda path: path.write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR."),
}
FILES = (
    "status.json", "config.json", "environment.json", "epochs.jsonl", "steps.jsonl",
    "checkpoint.pt", "best.safetensors", "last.safetensors", "ema.safetensors",
    "predictions-best.safetensors", "predictions-last.safetensors",
    "predictions/epoch-0001.safetensors",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_something_else(pristine: tuple[Run, Run], name: str) -> None:
    damaged, whole = pristine
    for how in ANY_FILE.values():
        with Damaged(damaged.folder / name) as path:
            how(path)
            every_reader_copes(damaged, whole)
    assert every_reader_copes(damaged, whole) == 1  # it has done all its epochs


@pytest.mark.parametrize("name", ["status.json", "config.json", "environment.json"])
def test_a_value_that_is_something_else(pristine: tuple[Run, Run], name: str) -> None:
    damaged, whole = pristine
    text = (damaged.folder / name).read_text()
    count = 0
    for path_in_it in paths_in(json.loads(text)):
        for raw in RAW[:: 1 if name == "status.json" else 3]:
            with Damaged(damaged.folder / name) as path:
                path.write_text(replaced(text, path_in_it, raw))
                for reader in (_status, lambda run: run.config, Run.progress, Run.environment):
                    quietly(reader, damaged)
                count += 1
    assert count > 30
    every_reader_copes(damaged, whole)


@pytest.mark.parametrize("kind", ["epochs", "steps"])
def test_a_row_with_a_value_that_is_something_else_is_left_out(
    pristine: tuple[Run, Run], kind: str
) -> None:
    damaged, _ = pristine
    lines = (damaged.folder / f"{kind}.jsonl").read_text().splitlines()
    assert len(lines) >= 2
    for name in json.loads(lines[0]):
        for raw in RAW:
            with Damaged(damaged.folder / f"{kind}.jsonl") as path:
                path.write_text("\n".join([replaced(lines[0], (name,), raw), *lines[1:]]) + "\n")
                _rows(damaged)
                rows = damaged.epochs() if kind == "epochs" else damaged.steps()
                if damaged.damage():
                    assert damaged.damage() == f"1 line of {kind}.jsonl is damaged and left out."
                left = len(lines) - bool(damaged.damage())
                assert len(rows) == left or (name, raw) == ("step", RAW[-1]), (name, raw)


def test_damaged_rows_are_counted_in_words(pristine: tuple[Run, Run], tmp_path: Path) -> None:
    damaged, _ = pristine
    with Damaged(damaged.folder / "epochs.jsonl") as path:
        whole = path.read_bytes()
        path.write_bytes(b'{"epoch": null}\n' + whole + b"[]\n{}\n")
        assert len(damaged.epochs()) == EPOCHS
        assert damaged.damage() == "3 lines of epochs.jsonl are damaged and left out."
        text = report.write(damaged, tmp_path / "report", lambda _: IMAGES).read_text()
        assert "3 lines of epochs.jsonl are damaged and left out." in text


TENSORS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "float64": lambda t: t.double(),
    "float16": lambda t: t.half(),
    "int8": lambda t: t.to(torch.int8),
    "negative": lambda t: -t - 1 if t.dtype != torch.uint8 else t.to(torch.int16) - 300,
    "out of range": lambda t: t.to(torch.float64 if t.is_floating_point() else torch.int64) + 1000,
    "transposed": lambda t: t.T.contiguous() if t.ndim == 2 else t[None].contiguous(),
    "cut": lambda t: t[:1].clone() if t.ndim else t,
    "empty": lambda t: t[:0].clone() if t.ndim else t,
    "NaN": lambda t: torch.full_like(t, math.nan) if t.is_floating_point() else t.double() / 0,
    "bool": lambda t: t.bool(),
}


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".safetensors")])
def test_a_tensor_that_is_something_else(pristine: tuple[Run, Run], name: str) -> None:
    damaged, whole = pristine
    tensors = load_file(damaged.folder / name)
    with safe_open(damaged.folder / name, framework="pt") as file:
        about = file.metadata()
    for key in list(tensors)[:4]:
        for change in TENSORS.values():
            with Damaged(damaged.folder / name) as path:
                save_file({**tensors, key: change(tensors[key])}, path, about)
                for reader in (_history, _predictions, _model):
                    quietly(reader, damaged)
        with Damaged(damaged.folder / name) as path:
            save_file({n: t for n, t in tensors.items() if n != key}, path, about)
            every_reader_copes(damaged, whole)
    for key in about or {}:
        for raw in RAW:
            with Damaged(damaged.folder / name) as path:
                text = raw.encode("utf-8", "replace").decode()
                save_file(tensors, path, {**about, key: text})
                for reader in (_predictions, _model, _evaluate):
                    quietly(reader, damaged)
            if len(raw) < 100:
                with Damaged(damaged.folder / name) as path:
                    save_file(tensors, path, {n: v for n, v in about.items() if n != key})
                    quietly(_evaluate, damaged)


def test_a_network_of_float64_or_float16_is_used_in_float32(pristine: tuple[Run, Run]) -> None:
    run, _ = pristine
    expected = ModelRef.of_run(run, "last").load().predictions(IMAGES, torch.device("cpu"))
    tensors = load_file(run.folder / "last.safetensors")
    with safe_open(run.folder / "last.safetensors", framework="pt") as file:
        about = file.metadata()
    for dtype, within in ((torch.float64, 1e-6), (torch.float16, 1e-2)):
        with Damaged(run.folder / "last.safetensors") as path:
            other = {n: t.to(dtype) if t.is_floating_point() else t for n, t in tensors.items()}
            save_file(other, path, about)
            found = ModelRef.of_run(run, "last").load().predictions(IMAGES, torch.device("cpu"))
            assert (found.probabilities - expected.probabilities).abs().max() < within


CHECKPOINTS: dict[str, object] = {
    "epoch": "two", "best_accuracy": None, "weights": [1], "optimizer": 3, "losses": ["a"],
    "row": 5, "ema_weights": {"a": 1}, "scaler": "x", "unknown": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_checkpoint_with_a_value_that_is_something_else(
    pristine: tuple[Run, Run], name: str
) -> None:
    run, _ = pristine
    with Damaged(run.folder / "checkpoint.pt") as path:
        state = torch.load(path, weights_only=True)
        torch.save({**state, name: CHECKPOINTS[name]}, path)
        with pytest.raises(LabError, match="cannot be read; start a new run"):
            run.checkpoint()


@pytest.mark.parametrize(
    "change",
    [
        {"weights": {}},
        {"weights": {"conv1.weight": torch.zeros(1)}},
        {"optimizer": {}},
        {"optimizer": {"sgd": {"state": {}, "param_groups": []}}},
        {"optimizer": {"state": {0: {}}, "param_groups": [{"params": [7]}]}},
        {"ema_weights": {"a": torch.zeros(1)}},
    ],
)
def test_a_checkpoint_that_does_not_fit_ends_the_run_in_one_sentence(
    pristine: tuple[Run, Run], tmp_path: Path, change: dict[str, object]
) -> None:
    copy = Run(tmp_path / pristine[0].name)
    shutil.copytree(pristine[0].folder, copy.folder)
    state = torch.load(copy.folder / "checkpoint.pt", weights_only=True)
    torch.save({**state, "epoch": 1, **change}, copy.folder / "checkpoint.pt")
    statuses.write(copy.folder, replace(copy.status, state="stopped"))
    claim, _ = resume.take_on(copy)
    Job(copy, copy.config, claim, resume=True).train(lambda *_: IMAGES)
    assert copy.status.state == "failed"
    assert copy.status.message.startswith("The checkpoint does not fit the network")


# ---- generated --------------------------------------------------------------------------------

odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from([10**30, -(10**30), 10**400, 2**53, 1e308]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


@st.composite
def damages(draw: st.DrawFn) -> Callable[[Path], None]:
    """A change of a run's folder: bytes of a file, or a value of a JSON file or line."""
    name = draw(st.sampled_from(FILES))
    where, raw = draw(st.integers(0, 10**6)), draw(st.sampled_from(RAW) | odd.map(json.dumps))
    noise, cut = draw(st.binary(max_size=12)), draw(st.integers(0, 30))
    as_bytes = draw(st.booleans())

    def damage(path: Path) -> None:
        if as_bytes or not name.endswith(("json", "jsonl")):
            content = path.read_bytes()
            start = where % (len(content) if where % 3 else min(len(content), 600))
            path.write_bytes(content[:start] + noise + content[start + cut :])
            return
        lines = path.read_text().splitlines() if name.endswith("l") else [path.read_text()]
        index = where % len(lines)
        places = paths_in(json.loads(lines[index]), 4)
        lines[index] = replaced(lines[index], places[where % len(places)], raw)
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass") + b"\n")

    damage.__name__ = name
    return damage


def _load(run: Run) -> None:
    for which in ("best", "last", "ema"):
        ModelRef.of_run(run, which).load()


# Who reads what: every reader at every damage took five minutes. The table above has them all.
CONCERNED: dict[str, tuple[Callable[[Run], object], ...]] = {
    "status": (_status, Run.progress, resume.check),
    "config": (lambda run: run.config, Run.progress, resume.check),
    "enviro": (Run.environment,),
    "epochs": (_rows, Run.damage),
    "steps.": (_rows, Run.progress),
    "checkp": (Run.checkpoint, resume.check),
    "best.s": (_load, _evaluate),
    "last.s": (_load, _history),
    "ema.sa": (_load,),
    "predic": (_predictions, _history),
}


def _generated(pristine: tuple[Run, Run], damage: Callable[[Path], None]) -> None:
    damaged, whole = pristine
    with Damaged(damaged.folder / damage.__name__) as path:
        damage(path)
        assert whole in list_runs(whole.folder.parent)
        for reader in CONCERNED[damage.__name__[:6]]:
            quietly(reader, damaged)
        quietly(_status, damaged)


GENERATED = settings(deadline=None, derandomize=True, database=None,
                     suppress_health_check=list(HealthCheck))  # fmt: skip


@pytest.mark.slow
@settings(GENERATED, max_examples=2000)
@given(damage=damages())
def test_two_thousand_damages(pristine: tuple[Run, Run], damage: Callable[[Path], None]) -> None:
    _generated(pristine, damage)


@pytest.mark.generated
@pytest.mark.timeout(3600)
@settings(GENERATED, max_examples=20_000)
@given(damage=damages())
def test_twenty_thousand_damages(pristine: tuple[Run, Run], damage: Callable[[Path], None]) -> None:
    _generated(pristine, damage)
