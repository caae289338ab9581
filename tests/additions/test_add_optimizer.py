"""An optimizer is added by one record: menus, command line, documentation and report know it."""

from pathlib import Path

import pytest

from tests.additions.trained import found_with

RECORD = """

def _rmsprop(
    params: "Parameters", *, lr: float, momentum: float, weight_decay: float
) -> "Optimizer":
    from torch.optim import RMSprop

    return RMSprop(params, lr=lr, momentum=momentum, weight_decay=weight_decay)


OPTIMIZERS.add(
    "rmsprop", OptimizerRecord("RMSprop", "Divides by a mean of squares.", 0.001, _rmsprop)
)
"""


@pytest.mark.slow
def test_an_optimizer_is_one_record(tmp_path: Path) -> None:
    options = ("--optimizer", "rmsprop", "--learning-rate", "0.001")
    found = found_with(tmp_path, "core/optim/optimizers.py", RECORD, *options)
    assert "muon, rmsprop" in " ".join(found["help"].split())
    assert "rmsprop: RMSprop. Divides by a mean of squares." in found["settings"]
    assert found["config"]["training"]["optimizer"] == "rmsprop"
    assert found["rows"][1]["train_loss"] < found["rows"][0]["train_loss"]
    assert "| Optimizer | RMSprop |" in found["report"]
    assert "RMSprop" in found["menus"]["optimizer"]
