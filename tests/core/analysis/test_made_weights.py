"""Weights that are no plain parameters: made of others, found in the first pass, or fixed."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core.analysis.inspect import inspect
from core.analysis.summary import formats
from core.cli import main
from core.errors import LabError
from core.networks.copying import copied


def ended(*layers):
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


@pytest.mark.parametrize(
    ("wrap", "parameters"),
    [
        # 8 * 3 * 9 weights, 8 biases, and 8 lengths beside the directions
        (nn.utils.weight_norm, 216 + 8 + 8),
        (nn.utils.parametrizations.weight_norm, 216 + 8 + 8),
        (nn.utils.spectral_norm, 216 + 8),
        (nn.utils.parametrizations.spectral_norm, 216 + 8),
    ],
)
@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_weights_made_of_others(wrap, parameters):
    model = ended(wrap(nn.Conv2d(3, 8, 3)), nn.ReLU(), nn.Conv2d(8, 10, 3))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = inspect(model)
    assert found.failure is None
    assert found.receptive_field == (5, 5)
    assert found.parameters == parameters + 730
    assert sum(row.parameters for row in found.rows) == found.parameters
    assert found.unused == ()
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_a_copy_computes_the_same():
    model = ended(nn.utils.weight_norm(nn.Conv2d(3, 10, 3))).eval()
    image = torch.randn(2, 3, 32, 32)
    assert torch.equal(copied(model)(image), model(image))


def test_sizes_that_are_found_in_the_first_pass():
    model = nn.Sequential(
        nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(10)
    )
    found = inspect(model)
    assert found.failure is None
    # 8 * 3 * 9 + 8, a scale and a shift, 8 * 30 * 30 * 10 + 10
    assert [row.parameters for row in found.rows] == [224, 16, 0, 72_010]
    assert isinstance(model[0], nn.LazyConv2d), "the model is left as it was"


def test_a_lazy_file_on_the_command_line(tmp_path, capsys):
    file = tmp_path / "model.py"
    file.write_text(
        "from torch import nn\nclass Net(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.LazyConv2d(10, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())\n"
    )
    assert main(["inspect", f"{file}:Net"]) == 0
    assert "280 parameters" in capsys.readouterr().out


class Breaking(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.LazyConv2d(10, 3)

    def forward(self, x):
        return self.conv(x).view(7, 3)


class Idle(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.idle = nn.Conv2d(3, 10, 3), nn.LazyConv2d(10, 3)

    def forward(self, x):
        return self.conv(x).mean((2, 3))


@pytest.mark.parametrize(("kind", "words"), [(Breaking, r"view|shape"), (Idle, r"idle\.weight")])
def test_sizes_that_are_never_found_are_refused_in_a_sentence(kind, words):
    with pytest.raises(LabError, match=words) as refused:
        inspect(kind())
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_fixed_weights_are_shown_and_not_counted():
    class Blurred(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 10, 3)
            self.register_buffer("blur", torch.ones(10, 1, 3, 3) / 9)

        def forward(self, x):
            return F.conv2d(self.conv(x), self.blur, groups=10).mean((2, 3))

    found = inspect(Blurred())
    assert found.parameters == 280
    note = "conv2d in forward takes 90 fixed weights from blur"
    assert any(line.startswith(note) for line in found.notes)
    assert note in formats.totals(found)
    # Running statistics of a normalization are no weights.
    assert inspect(ended(nn.Conv2d(3, 10, 3), nn.BatchNorm2d(10))).notes == ()
