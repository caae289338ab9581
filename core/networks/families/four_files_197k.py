"""Document 000: convolutions without padding, two of them dilated, one depthwise 5x5."""

from typing import TYPE_CHECKING

from core.networks.record import Claims, NetworkRecord

if TYPE_CHECKING:
    from torch import nn


def build(classes: int) -> "nn.Module":
    """Its printed summary row by row; takes (N, 3, 32, 32), gives (N, classes)."""
    from torch import nn

    from core.networks.blocks import chain

    def block(conv: nn.Conv2d) -> list[nn.Module]:
        return [conv, nn.BatchNorm2d(conv.out_channels), nn.ReLU()]

    layers = (
        *block(nn.Conv2d(3, 8, 3, padding=1)),
        *block(nn.Conv2d(8, 16, 3, padding=1)),
        *block(nn.Conv2d(16, 32, 3, padding=1)),
        *block(nn.Conv2d(32, 64, 3, padding=1)),
        nn.Dropout2d(0.05),
        # 32x32 to 28x28 with a 3x3 kernel: dilation 2 without padding.
        *block(nn.Conv2d(64, 64, 3, dilation=2)),
        nn.Dropout2d(0.05),
        nn.Conv2d(64, 64, 5, groups=64),
        *block(nn.Conv2d(64, 8, 1)),
        *block(nn.Conv2d(8, 16, 3, padding=1)),
        *block(nn.Conv2d(16, 24, 3, padding=1)),
        *block(nn.Conv2d(24, 32, 3, padding=1)),
        *block(nn.Conv2d(32, 64, 3, dilation=2)),
        nn.Dropout2d(0.05),
        # 20x20 to 9x9 with a 5x5 kernel: stride 2 and padding 1.
        nn.Conv2d(64, 64, 5, stride=2, padding=1),
        nn.Conv2d(64, classes, 1),
        nn.AvgPool2d(9),
    )
    return chain(layers)


RECORD = NetworkRecord(
    name="four_files_197k",
    label="Four files, 197k (000)",
    document="000",
    source="printed summary",
    help="Downsamples by unpadded convolutions; half of its parameters are in one 5x5 layer.",
    claims=Claims(
        parameters=197_498,
        accuracy=79.73,
        train_accuracy=77.48,
        epochs=40,
        batch_size=4,
        augmentations=("cutout", "horizontal flip", "shift scale rotate"),
    ),
    build=build,
    notes=(
        "The summary prints no kernels, dilations or strides; these are the ones that its shapes "
        "and parameter counts allow with small kernels.",
        "The dropout rate is not printed; 0.05 is assumed.",
        "The batch size is taken from the 12,500 steps per epoch in its log, the epochs from the "
        "last one logged.",
    ),
)
