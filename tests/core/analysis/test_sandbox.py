"""A student's file in a process of its own: it may do anything, and nothing is left of it."""

import time
from pathlib import Path

import pytest

from core import paths
from core.analysis.inspect import inspect
from core.analysis.sandbox import parent
from core.config.run_config import NetworkConfig
from core.errors import LabError
from core.networks.building import STUDENT_CODE_VARIABLE
from core.networks.export import source

HEAD = "import torch\nfrom torch import nn\n"
BODY = (
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.conv = nn.Conv2d(3, 10, 3)\n    def forward(self, x):\n        "
)

PATIENT = 180  # seconds, where no test is about them: machines that run tests are busy


@pytest.fixture
def file(tmp_path):
    return tmp_path / "model.py"


def said(file, text, **more):
    file.write_text(text)
    with pytest.raises(LabError) as caught:
        parent.inspect_file(f"{file}:Net", **{"seconds": PATIENT} | more)
    assert not left_over(file)
    return str(caught.value)


def left_over(file):
    """Processes that still have our file's folder in their environment or arguments."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            found += (
                [entry.name]
                if str(file.parent).encode() in (entry / "cmdline").read_bytes()
                else []
            )
        except OSError:
            continue
    return found


def test_a_good_file_gives_what_it_gives_here(file, monkeypatch):
    layers = [
        {"type": "conv", "channels": 8, "kernel": "3x5"},
        {"type": "relu"},
        {"type": "conv", "channels": "classes", "stride": 2},
        {"type": "global_pool"},
    ]
    file.write_text(source(layers))
    monkeypatch.delenv(STUDENT_CODE_VARIABLE, raising=False)
    found = parent.inspect_file(f"{file}:Net", seconds=PATIENT)
    monkeypatch.setenv(STUDENT_CODE_VARIABLE, "1")
    here = inspect(NetworkConfig(f"{file}:Net"))
    assert found == here
    assert found.receptive_field == (5, 7)
    probed = parent.probe_file(f"{file}:Net")
    assert probed.agrees
    assert probed.before_pooling.probed == (5, 7)


def test_an_endless_loop_is_stopped_with_its_children(file, tmp_path):
    mark = tmp_path / "child"
    text = (
        "import os, subprocess, sys\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        f"subprocess.Popen([*sleep, {str(mark)!r}], start_new_session=True)\n"
        "while True:\n    pass\n"
    )
    began = time.monotonic()
    assert "did not finish within 2 s" in said(file, text, seconds=2)
    assert time.monotonic() - began < 120
    assert not left_over(mark)


def test_an_endless_forward(file):
    text = HEAD + BODY + "while True: pass\n"
    assert "did not finish" in said(file, text, seconds=2)


def test_a_flood_of_output_is_stopped(file):
    text = "while True:\n    print('x' * 100_000)\n"
    assert "prints more than 10 MB" in said(file, text)


def test_output_does_not_spoil_the_answer(file):
    file.write_text(
        "print('{\"answer\": 1}' * 1000)\n"
        + HEAD
        + BODY
        + "print(x.shape)\n        return self.conv(x).mean((2, 3))\n"
    )
    assert parent.inspect_file(f"{file}:Net", seconds=PATIENT).parameters == 280


def test_a_file_that_ends_the_process(file):
    assert "exit code 3" in said(file, "import os\nprint('going')\nos._exit(3)\n")
    assert "SIGKILL" in said(file, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")


def test_too_much_memory(file):
    text = HEAD + "x = [bytearray(1 << 30) for _ in range(64)]\n"
    assert "Memory" in said(file, text)


def test_an_error_in_forward_shows_its_line_and_the_layers_before_it(file):
    file.write_text(HEAD + BODY + "x = self.conv(x)\n        return x.no_such_thing()\n")
    found = parent.inspect_file(f"{file}:Net", seconds=PATIENT)
    assert "line 9 (return x.no_such_thing())" in found.failure.message
    assert [row.name for row in found.layers] == ["conv"]


def test_errors_of_the_file_come_through(file):
    assert "line 3" in said(file, HEAD + "def f(:\n")
    assert "not a torch.nn.Module" in said(file, "class Net:\n    pass\n")


def test_a_file_works_in_a_scratch_folder_of_its_own(file, tmp_path):
    report = tmp_path / "where.txt"
    file.write_text(
        "import os, pathlib, tempfile\n"
        "pathlib.Path('left.txt').write_text('x')\n"
        f"pathlib.Path({str(report)!r}).write_text(os.getcwd() + ' ' + tempfile.gettempdir())\n"
        + HEAD + BODY + "return self.conv(x).mean((2, 3))\n"
    )  # fmt: skip
    assert parent.inspect_file(f"{file}:Net", seconds=PATIENT).parameters == 280
    folder, temporary = report.read_text().split()
    assert folder == temporary
    assert not Path(folder).is_relative_to(paths.REPOSITORY)
    assert not Path(folder).exists()
    assert not (paths.REPOSITORY / "left.txt").exists()


@pytest.mark.parametrize(
    "layers",
    [
        "nn.LazyConv2d(8, 3), nn.ReLU(), nn.LazyConv2d(10, 3)",
        "nn.utils.weight_norm(nn.Conv2d(3, 8, 3)), nn.ReLU(), nn.LazyConv2d(10, 3)",
        "nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 8, 3)), nn.Conv2d(8, 10, 3)",
        "nn.utils.spectral_norm(nn.Conv2d(3, 8, 3)), nn.Conv2d(8, 10, 3)",
    ],
)
def test_lazy_layers_and_weights_that_are_computed(file, layers):
    file.write_text(
        HEAD + "class Net(nn.Sequential):\n    def __init__(self):\n"
        f"        super().__init__({layers}, nn.AdaptiveAvgPool2d(1), nn.Flatten())\n"
    )
    found = parent.inspect_file(f"{file}:Net", seconds=PATIENT)
    assert found.failure is None
    assert found.receptive_field == (5, 5)
    assert parent.probe_file(f"{file}:Net", seconds=PATIENT).agrees


def test_whatever_the_file_makes_of_itself_is_a_sentence(file):
    text = (
        HEAD
        + "class Net(nn.Conv2d):\n    def __init__(self):\n        super().__init__(3, 10, 3)\n"
        "    def named_modules(self, *a, **k):\n        raise KeyError('mine')\n"
    )
    assert "KeyError: 'mine'" in said(file, text)


def test_no_file():
    with pytest.raises(LabError, match="no file"):
        parent.inspect_file("nowhere.py:Net")
