"""Document 001: of its network only the order of blocks and the total are given."""

from typing import TYPE_CHECKING

from core.networks.record import Claims, NetworkRecord

if TYPE_CHECKING:
    from torch import nn


def build(classes: int) -> "nn.Module":
    """A reconstruction; takes (N, 3, H, W) with H, W at least 8, gives (N, classes)."""
    from torch import nn

    def block(*convs: nn.Conv2d) -> list[nn.Module]:
        return [*convs, nn.BatchNorm2d(convs[-1].out_channels), nn.ReLU()]

    def conv(inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
        return nn.Conv2d(
            inputs, outputs, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
        )

    def separable(channels: int) -> list[nn.Conv2d]:
        depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        return [depthwise, nn.Conv2d(channels, channels, 1, bias=False)]

    network = nn.Sequential()
    network.C1 = nn.Sequential(
        *block(conv(3, 32)), *block(conv(32, 32)), *block(conv(32, 32, stride=2))
    )
    network.C2 = nn.Sequential(
        *block(conv(32, 128)), *block(conv(128, 128)), *block(conv(128, 128, stride=2))
    )
    network.C3 = nn.Sequential(
        *block(conv(128, 256)), *block(*separable(256)), *block(conv(256, 256, stride=2))
    )
    network.C4 = nn.Sequential(*block(conv(256, 256, dilation=2)), *block(*separable(256)))
    network.output = nn.Sequential(
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, classes),
    )
    return network


RECORD = NetworkRecord(
    name="net_2m",
    label="Net, 2.0m (001), reconstructed",
    document="001",
    source="the order of its blocks and a total",
    help="Four blocks and fully connected layers: ten times the limit.",
    claims=Claims(
        parameters=2_034_040,
        accuracy=73.2,
        train_accuracy=68.34,
        epochs=20,
        batch_size=128,
        augmentations=None,
    ),
    build=build,
    reconstruction=(
        "The document gives C1 to C4, batch normalization, depthwise-separable and dilated "
        "convolutions, fully connected layers and the total. Kernels, channels and where the "
        "special convolutions stand are a guess, chosen so that the total comes near."
    ),
    notes=(
        "It names albumentations, but not which transforms were used.",
        "The 20 epochs are those named beside the best accuracy.",
    ),
)
