"""The dashboard's benchmark in its short form: what it prints is a table of what it measured."""

import subprocess
import sys

import pytest

from tests.e2e.server import REPOSITORY

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_the_benchmark_of_the_dashboard_prints_its_table() -> None:
    command = [sys.executable, "benchmarks/dashboard.py", "--rounds", "2", "--seconds", "20"]
    ran = subprocess.run(
        [*command, "--times", "1"], cwd=REPOSITORY, capture_output=True, text=True, timeout=1200
    )
    assert ran.returncode == 0, ran.stderr
    assert "Shapes, modular_97k, batch 128, 2 rounds of 20 s." in ran.stdout
    rows = {line.split(" | ")[0] for line in ran.stdout.splitlines() if line.startswith("| ")}
    assert {"| nobody watches", "| a session polls", "| slider to new preview, server"} <= rows
