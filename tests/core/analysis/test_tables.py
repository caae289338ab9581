"""The layer table written down."""

import csv
import io

import pytest
from torch import nn

from core.analysis.inspect import inspect
from core.analysis.summary.formats import COLUMNS, FORMATS
from core.config.run_config import NetworkConfig

FOUND = inspect(NetworkConfig("modular_97k"), suggest=False)


def test_csv_reads_back_and_re_adds():
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"].write(FOUND))))
    assert len(rows) == 39
    assert list(rows[0]) == [column.title for column in COLUMNS.values()]
    for title in ("Parameters", "MACs"):
        assert sum(int(row[title]) for row in rows[:-1]) == int(rows[-1][title])
    assert rows[-1]["Parameters"] == "97264"
    assert rows[21]["Receptive field"] == "29"
    # 64 x 32 x 32 float32
    assert rows[4]["Memory (KiB)"] == "256.0"
    assert sum(float(row["Share (%)"]) for row in rows[:-1]) == pytest.approx(100, abs=1.5)


def test_markdown_has_as_many_cells_in_every_line():
    lines = FORMATS["markdown"].write(FOUND).splitlines()
    assert {line.count("|") for line in lines} == {len(COLUMNS) + 1}


def test_latex_escapes_and_closes():
    class Odd_Name(nn.Conv2d):  # noqa: N801
        pass

    text = FORMATS["latex"].write(inspect(nn.Sequential(Odd_Name(3, 10, 1))))
    assert r"Odd\_Name" in text
    assert r"Share (\%)" in text
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 1
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {line.count("&") for line in body} == {len(COLUMNS) - 1}


def test_torchsummary_counts_containers_of_ones_own():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 10, 1)

        def forward(self, x):
            return self.conv(x)

    lines = FORMATS["torchsummary"].write(inspect(nn.Sequential(Block()))).splitlines()
    assert lines[3].split() == ["Conv2d-1", "[-1,", "10,", "32,", "32]", "40"]
    assert lines[4].split() == ["Block-2", "[-1,", "10,", "32,", "32]", "0"]
