"""Document 003: four blocks with strided 1x1 convolutions between them."""

from typing import TYPE_CHECKING, Any

from core.networks.record import Claims, NetworkRecord

if TYPE_CHECKING:
    from torch import nn


def build(classes: int) -> "nn.Module":
    """Its printed summary row by row; takes (N, 3, 32, 32), gives (N, classes)."""
    from torch import nn

    from core.networks.blocks import chain

    def block(*layers: nn.Module, channels: int) -> list[nn.Module]:
        return [*layers, nn.BatchNorm2d(channels), nn.ReLU(), nn.Dropout2d(0.01)]

    def conv(inputs: int, outputs: int, **kwargs: Any) -> nn.Module:
        return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False, **kwargs)

    def pointwise(inputs: int, outputs: int) -> nn.Module:
        return nn.Conv2d(inputs, outputs, 1, bias=False)

    def shrink(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 1, stride=2), nn.ReLU()]

    layers = (
        *block(conv(3, 32), channels=32),
        *block(conv(32, 64), channels=64),
        *shrink(64, 32),
        *block(conv(32, 32), channels=32),
        *block(conv(32, 32, groups=32), pointwise(32, 64), channels=64),
        *shrink(64, 32),
        # Padding 1 under dilation 2 takes 8x8 to 6x6, as printed.
        *block(conv(32, 64, dilation=2), channels=64),
        *block(conv(64, 64), channels=64),
        *shrink(64, 16),
        *block(conv(16, 32), channels=32),
        conv(32, 32, groups=32),
        pointwise(32, classes),
        nn.AdaptiveAvgPool2d(1),
    )
    return chain(layers)


RECORD = NetworkRecord(
    name="modular_97k",
    label="Modular, 97k (003)",
    document="003",
    source="printed summary",
    help="Downsamples by strided 1x1 convolutions; one dilated, two depthwise-separable ones.",
    claims=Claims(
        parameters=97_264,
        receptive_field=69,
        accuracy=85.55,
        train_accuracy=79.38,
        epochs=75,
        batch_size=128,
        augmentations=("horizontal flip", "shift scale rotate", "coarse dropout"),
    ),
    build=build,
    notes=("The batch size is taken from the 391 steps per epoch in its log.",),
)
