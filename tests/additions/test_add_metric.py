"""A metric is added by one record: rows, live charts, report and documentation know it."""

from pathlib import Path

import pytest

from tests.additions.trained import found_with

RECORD = """

def _top_ten(probabilities: "Tensor", labels: "Tensor") -> float:
    places = probabilities.topk(10, dim=1).indices
    return 100 * (places == labels[:, None]).any(1).double().mean().item()


METRICS.add(
    "top_ten", Metric("Top-10 accuracy", "Always 100 of ten classes.", "%", 1, True, _top_ten)
)
"""


@pytest.mark.slow
def test_a_metric_is_one_record(tmp_path: Path) -> None:
    found = found_with(tmp_path, "core/metrics.py", RECORD)
    assert [row["top_ten"] for row in found["rows"]] == [100.0, 100.0]
    assert found["train"]["top_ten"] == 100.0
    assert "Top-10 accuracy. Always 100 of ten classes." in found["settings"]
    assert any("top_ten" in charts for charts in found["charts"].values())
    header = next(line for line in found["report"].splitlines() if line.startswith("| Epoch |"))
    assert header.endswith("| Top-10 accuracy |")
    assert found["report"].count("| 100.0% |") == 2
