"""A server that is ended while a forecast or a range test is at work ends without a crash."""

import subprocess
import sys

import pytest

from core.paths import REPOSITORY

FORECAST = """
from lab.jobs.forecasts import ForecastJobs
jobs = ForecastJobs(lambda source: catalogue.load(source))
jobs.ask(RunConfig())
"""
RANGE_TEST = """
from lab.jobs.range_tests import Trials
trials = Trials(lambda source, *rest: catalogue.load(source))
trials.start(RunConfig())
"""


@pytest.mark.slow
@pytest.mark.parametrize("job", [FORECAST, RANGE_TEST], ids=["forecast", "range test"])
def test_python_ends_while_it_works(job: str) -> None:
    code = (
        "import time\nfrom core.config.run_config import RunConfig\n"
        f"from core.data.sources import catalogue\ncatalogue.load('shapes')\n{job}\ntime.sleep(2)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "terminate called" not in ran.stderr
