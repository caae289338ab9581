"""Receptive field layer by layer: the arithmetic is right, the squares lie where it says."""

import pytest
import torch

from core.analysis.inspect import of_config
from core.analysis.summary.field_steps import FieldStep, field_steps
from core.config.run_config import NetworkConfig
from core.networks.building import build
from core.networks.catalogue import NETWORKS


@pytest.mark.parametrize("name", NETWORKS.names())
def test_every_line_is_true_arithmetic(name: str) -> None:
    for step in field_steps(of_config(NetworkConfig(name))):
        left, right = step.equation.replace("−", "-").replace("×", "*").split(" = ")
        assert float(left) == eval(right) == step.field[0], step.equation


def test_the_squares_of_a_known_network() -> None:
    steps = {step.layer.name: step for step in field_steps(of_config(NetworkConfig("modular_97k")))}
    assert steps["conv4"].equation == "9 = 5 + (3−1) × 1 × 2"
    # All around the position of the last map that is nearest to 15.5: 4 + 8 x 1 = 12.
    assert {(step.box[0] + step.box[1]) / 2 for step in steps.values()} == {12.0}
    assert steps["conv13"].box == (12 - 34.5, 12 + 34.5, 12 - 34.5, 12 + 34.5)
    # 69 wide from -22.5 to 46.5: of it 32 x 32 lie on the image.
    assert steps["conv13"].inside((32, 32)) == pytest.approx(32 * 32 / 69**2)
    assert steps["conv1"].inside((32, 32)) == 1.0


@pytest.mark.parametrize("name", ["modular_97k", "dilated_162k"])
def test_a_square_is_what_a_gradient_reaches(name: str) -> None:
    """By a second method: positive weights, one position, which pixels of the image count."""
    steps = field_steps(of_config(NetworkConfig(name)))
    model = build(NetworkConfig(name)).eval()
    for parameter in model.parameters():
        parameter.data = parameter.data.abs() + 0.01
    maps: dict[str, torch.Tensor] = {}
    for module_name, module in model.named_modules():
        module.register_forward_hook(lambda _, __, out, key=module_name: maps.update({key: out}))
    image = torch.rand(1, 3, 32, 32, requires_grad=True)
    model(image)
    for step in steps:
        if step.layer.name in maps:
            assert _reached(image, maps[step.layer.name], step) == _on_image(step)


def _reached(image: torch.Tensor, found: torch.Tensor, step: FieldStep) -> tuple[int, int]:
    """First and last row of the image that the step's position depends on."""
    assert step.layer.start is not None
    assert step.layer.jump is not None
    middle = (step.box[0] + step.box[1]) / 2
    place = round((middle - step.layer.start[0]) / step.layer.jump[0])
    (gradient,) = torch.autograd.grad(found[0, :, place, place].sum(), image, retain_graph=True)
    rows = gradient.abs().sum((0, 1, 3)).nonzero().flatten()
    return int(rows[0]), int(rows[-1])


def _on_image(step: FieldStep) -> tuple[int, int]:
    return max(0, round(step.box[0] + 0.5)), min(31, round(step.box[1] - 0.5))
