"""Document 002: Model 1, of which only a total is printed, and Models 2 and 3, one network."""

from typing import TYPE_CHECKING, Any

from core.networks.record import Claims, NetworkRecord

if TYPE_CHECKING:
    from torch import nn


def build_padded(classes: int) -> "nn.Module":
    """Models 2 and 3: the printed module tree; takes (N, 3, 32, 32), gives (N, classes)."""
    from torch import nn

    from core.networks.blocks import Flat

    def block(*convs: nn.Conv2d) -> list[nn.Module]:
        channels = convs[-1].out_channels
        return [*convs, nn.ReLU(), nn.BatchNorm2d(channels), nn.Dropout2d(0.01)]

    def conv(inputs: int, outputs: int, **kwargs: Any) -> nn.Conv2d:
        return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False, **kwargs)

    def pointwise(inputs: int, outputs: int) -> nn.Conv2d:
        # Padding round a 1x1 kernel adds a border of zeros and sees nothing new; so it is printed.
        return nn.Conv2d(inputs, outputs, 1, padding=1, bias=False)

    def shrink(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=2), nn.ReLU())

    class CIFAR10(Flat):
        """Named as in the document, so that it prints the document's tree."""

    network = CIFAR10()
    network.conv1 = nn.Sequential(*block(conv(3, 32)), *block(conv(32, 64)))
    network.trans1 = shrink(64, 32)
    network.conv2 = nn.Sequential(
        *block(conv(32, 32)), *block(conv(32, 32, groups=32), pointwise(32, 64))
    )
    network.trans2 = shrink(64, 32)
    network.conv3 = nn.Sequential(*block(conv(32, 64, dilation=2)), *block(conv(64, 64)))
    network.trans3 = shrink(64, 16)
    network.conv4 = nn.Sequential(
        *block(conv(16, 32)), conv(32, 32, groups=32), pointwise(32, classes)
    )
    network.gap = nn.Sequential(nn.AdaptiveAvgPool2d(1))
    return network


def build_baseline(classes: int) -> "nn.Module":
    """Model 1, reconstructed: Model 2's plan with more channels and full convolutions."""
    from torch import nn

    from core.networks.blocks import chain

    def block(inputs: int, outputs: int) -> list[nn.Module]:
        return [
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            nn.ReLU(),
            nn.BatchNorm2d(outputs),
        ]

    def shrink(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 1, stride=2), nn.ReLU()]

    layers = (
        *block(3, 32),
        *block(32, 64),
        *shrink(64, 32),
        *block(32, 128),
        *block(128, 128),
        *shrink(128, 32),
        *block(32, 256),
        *block(256, 512),
        *shrink(512, 128),
        *block(128, 64),
        nn.Conv2d(64, classes, 1, bias=False),
        nn.AdaptiveAvgPool2d(1),
    )
    return chain(layers)


RECORDS = (
    NetworkRecord(
        name="baseline_1m6",
        label="Baseline, 1.6m (002, Model 1), reconstructed",
        document="002",
        source="Model 1: a description and a total",
        help="Four blocks of full convolutions: far over the limit, and it overfits.",
        claims=Claims(
            parameters=1_605_600,
            accuracy=80.0,
            train_accuracy=99.9,
            augmentations=(),
        ),
        build=build_baseline,
        reconstruction=(
            "The document gives four convolution blocks without max pooling, a receptive field "
            "over 44 and the total. The channels here are a guess: Model 2's plan with full "
            "convolutions. Many other choices of channels have the same total."
        ),
        notes=("Its receptive field is printed as a target (over 44), not as a number.",),
    ),
    NetworkRecord(
        name="padded_97k",
        label="Padded, 97k (002, Models 2 and 3)",
        document="002",
        source="printed module tree",
        help="As 003's network, with padded 1x1 convolutions; its field is 69, not 125 as printed.",
        claims=Claims(
            parameters=97_264,
            receptive_field=125,
            accuracy=85.4,
            train_accuracy=84.0,
            epochs=50,
            batch_size=128,
            augmentations=(
                "horizontal flip",
                "shift scale rotate",
                "color jitter",
                "coarse dropout",
            ),
        ),
        build=build_padded,
        notes=(
            "The claims are Model 3's; Model 2 is the same network without augmentation, with 72% "
            "on the training and 67% on the test images.",
            "Its own log has 85.50% at epoch 48; the text says 85.4%.",
            "The batch size is taken from the 391 steps per epoch in its log.",
        ),
    ),
)
