"""Document 004: dilated convolutions with stride 2 in place of max pooling."""

from typing import TYPE_CHECKING, Any

from core.networks.record import Claims, NetworkRecord

if TYPE_CHECKING:
    from torch import Tensor, nn


def build(classes: int) -> "nn.Module":
    """Its printed summary row by row; takes (N, 3, 32, 32), gives (N, classes)."""
    from torch import nn
    from torch.nn import functional as F

    class Net(nn.Module):
        """Convolution, normalization, dropout, and the ReLU in forward: it prints no row."""

        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.ModuleList(
                [
                    self.block(3, 16, 3, padding=1),
                    self.block(16, 32, 3, padding=1),
                    self.block(32, 32, 3, padding=1),
                    self.block(32, 32, 3, stride=2, dilation=2),  # 32x32 to 14x14
                    self.block(32, 32, 3, padding=1),
                    self.block(32, 52, 3, padding=1),
                    self.block(52, 64, 3, stride=2, dilation=2),  # 14x14 to 5x5
                    self.block(64, 64, 1, groups=64),
                    self.block(64, 64, 3, padding=1),
                    self.block(64, 64, 1, stride=2, padding=1),  # 5x5 to 4x4
                    self.block(64, 64, 3, padding=1),
                ]
            )
            self.classify = nn.Conv2d(64, classes, 3, padding=1, bias=False)
            self.pool = nn.AvgPool2d(4)

        @staticmethod
        def block(inputs: int, outputs: int, kernel: int, **kwargs: Any) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(inputs, outputs, kernel, bias=False, **kwargs),
                nn.BatchNorm2d(outputs),
                nn.Dropout2d(0.05),
            )

        def forward(self, x: "Tensor") -> "Tensor":
            for block in self.blocks:
                x = F.relu(block(x))
            logits: Tensor = self.pool(self.classify(x)).flatten(1)
            return logits

    return Net()


RECORD = NetworkRecord(
    name="dilated_162k",
    label="Dilated, 162k (004)",
    document="004",
    source="printed summary",
    help="Downsamples by dilated convolutions of stride 2; its depthwise kernel is only 1x1.",
    claims=Claims(
        parameters=162_296,
        accuracy=86.78,
        train_accuracy=79.29,
        epochs=300,
        batch_size=128,
        augmentations=("horizontal flip", "shift scale rotate", "coarse dropout", "to gray"),
    ),
    build=build,
    notes=(
        "No ReLU is printed, so it is taken to be called in forward, after each dropout.",
        "The summary prints no kernels, dilations or strides; these are the ones that its shapes, "
        "its parameter counts and 'max pooling replaced with dilated conv 2' allow.",
        "The dropout rate is not printed; 0.05 is assumed.",
        "The batch size is taken from the 391 steps per epoch in its log.",
        "Its coarse dropout is spelt in albumentations' old way, and its fill is given after "
        "normalizing, when the mean is 0.",
    ),
)
