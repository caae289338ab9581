"""A copy of the lab with one record more, and a short run in it that uses the record.

One process does all: it imports the copy's code, trains on shapes by the command line, writes the
report, opens the Train page, and prints what it found as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from core.paths import REPOSITORY
from tests import lab_copy

NETWORK = REPOSITORY / "tests/fixtures/662d836/networks/fixture_net.json"
_SCRIPT = """
import contextlib, io, json, sys
from pathlib import Path
from core.cli import main

def output(*arguments):
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        assert main(arguments) == 0, arguments
    return text.getvalue()

found = {"help": output("train", "--help"), "settings": output("settings")}
found["train"] = json.loads(output(
    "train", "--network", "fixture_net", "--epochs", "2", "--batch-size", "256", "--policy",
    "none", "--device", "cpu", "--data", "shapes", "--json", *sys.argv[1:],
))
run = Path(found["train"]["run"])
found["rows"] = [json.loads(line) for line in (run / "epochs.jsonl").read_text().splitlines()]
found["config"] = json.loads((run / "config.json").read_text())
from core.config.run_config import RunConfig
assert RunConfig.from_dict(found["config"]).to_dict() == found["config"]
output("report", str(run), "--to", str(run / "report"))
found["report"] = (run / "report" / "report.md").read_text()

from streamlit.testing.v1 import AppTest
app = AppTest.from_file("lab/Home.py", default_timeout=100).run()
app.switch_page("../pages/train.py").run()
app.button(key="more_settings").click().run()
assert not app.exception, app.exception
found["menus"] = {box.key: box.options for box in app.selectbox}
from lab.train import figures
found["charts"] = {view: list(charts) for view, charts in figures.VIEWS.items()}
print(json.dumps(found))
"""


def found_with(place: Path, file: str, record: str, *options: str) -> dict[str, Any]:
    """What is found after `record` was appended to `file` of a copy in `place`."""
    lab_copy.make(place)
    with (place / file).open("a", encoding="utf-8") as opened:
        opened.write(record)
    networks = place / "workspace" / "networks"
    networks.mkdir(parents=True)
    shutil.copy(NETWORK, networks)
    environment = {**os.environ, "CIFAR10_LAB_HOME": str(place / "workspace")}
    environment.pop("PYTHONPATH", None)
    command = [sys.executable, "-c", _SCRIPT, *options]
    ran = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    made: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return made
