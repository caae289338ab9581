"""`TrainingConfig`: how a network is trained. One field a setting, with all that is said of it."""

from dataclasses import dataclass

from core.augment.engine.catalogue import ENGINES
from core.config.choices import COMPILE_MODES, PRECISIONS
from core.config.setting import choice, real, settings_of, whole
from core.device import DEVICES
from core.optim.lr_schedules import SCHEDULES
from core.optim.optimizers import OPTIMIZERS

OPTIMIZER, SCHEDULE, BATCHES = "Optimizer", "Schedule", "Batches"
HARDWARE, AVERAGING, EVALUATION = "Speed", "Weight averaging", "Evaluation"


@dataclass(frozen=True)
class TrainingConfig:
    """How it is trained. Defaults are a sound start for a small network on CIFAR-10.

    Raises BadSetting for a value that its setting does not allow.
    """

    epochs: int = whole(
        10,
        label="Epochs",
        help="Passes over the training images.",
        group=SCHEDULE,
        low=1,
        high=1000,
    )
    batch_size: int = whole(
        128,
        label="Batch size",
        help="Images a step.",
        group=BATCHES,
        low=1,
        high=8192,
        step=32,
    )
    optimizer: str = choice(
        "sgd",
        OPTIMIZERS,
        label="Optimizer",
        help="What turns gradients into steps.",
        group=OPTIMIZER,
    )
    learning_rate: float = real(
        0.1,
        label="Learning rate",
        help="The highest value of the schedule.",
        group=OPTIMIZER,
        low_excluded=True,
        high=10,
    )
    bias_lr_scale: float = real(
        1.0,
        label="Bias LR scale",
        help="Biases and the scale and shift of normalization learn at this multiple of the "
        "learning rate, without weight decay where it is not 1. They are few and may move fast.",
        group=OPTIMIZER,
        low_excluded=True,
        high=100,
    )
    momentum: float = real(
        0.9,
        label="Momentum",
        help="Of SGD and Muon; the first beta of AdamW.",
        group=OPTIMIZER,
        high=1,
        high_excluded=True,
    )
    weight_decay: float = real(
        5e-4,
        label="Weight decay",
        help="How strongly weights are pulled to zero.",
        group=OPTIMIZER,
        high=1,
    )
    gradient_clip: float = real(
        0.0,
        label="Gradient clipping",
        help="The largest gradient norm; 0 is no limit.",
        group=OPTIMIZER,
        high=1000,
        low_excluded=True,
        zero="no limit",
    )
    schedule: str = choice(
        "one_cycle",
        SCHEDULES,
        label="Schedule",
        help="How the learning rate changes over the run.",
        group=SCHEDULE,
    )
    initial_image_size: int = whole(
        0,
        label="Initial image size",
        help="Progressive resizing: images grow from this size to their full one over the first "
        "three quarters of the epochs, for small ones train faster. 0 is full size from the start.",
        group=SCHEDULE,
        unit="px",
        low=8,
        high=32,
        step=4,
        zero="full size",
    )
    label_smoothing: float = real(
        0.0,
        label="Label smoothing",
        help="Fraction of the label that is spread over all classes.",
        group=BATCHES,
        high=1,
        high_excluded=True,
    )
    seed: int = whole(
        0,
        label="Seed",
        help="Of everything that is random: the same seed gives the same run.",
        group=BATCHES,
        high=2**31 - 1,
    )
    device: str = choice(
        "auto", DEVICES, label="Device", help="What the network is trained on.", group=HARDWARE
    )
    precision: str = choice(
        "auto",
        PRECISIONS,
        label="Precision",
        help="Of the multiplications in training; evaluation is in float32.",
        group=HARDWARE,
    )
    compile: str = choice(
        "auto",
        COMPILE_MODES,
        label="Compile",
        help="Whether torch.compile makes faster code of the network.",
        group=HARDWARE,
    )
    engine: str = choice(
        "auto",
        ENGINES,
        label="Augmentation engine",
        help="What carries out the augmentation.",
        group=HARDWARE,
    )
    workers: int = whole(
        0,
        label="Workers",
        help="Processes of the albumentations engine; 0 works beside the training itself.",
        group=HARDWARE,
        high=16,
    )
    replicas: int = whole(
        1,
        label="Replicas",
        help="On a processor: a batch is split into this many parts, each learned from by a copy "
        "of the network with cores of its own. On two cores 2 of them are quicker than 1. "
        "Normalization sees a part alone, so results differ a little. Not for networks with "
        "dropout.",
        group=HARDWARE,
        low=1,
        high=64,
    )
    ema_decay: float = real(
        0.0,
        label="EMA decay",
        help="Beside the trained weights, an exponential moving average (EMA) of those of the last "
        "steps is kept and tested: 0.99 looks back over about 100 steps, 0.999 over 1,000. 0 is "
        "off.",
        group=AVERAGING,
        high=1,
        high_excluded=True,
        low_excluded=True,
        zero="no averaging",
    )
    hold_out: int = whole(
        0,
        label="Held-out images",
        help="This many training images are set aside and evaluated instead of the test images. "
        "Tune settings with 5,000: whoever tunes on the test images overestimates the accuracy. "
        "0 is off.",
        group=EVALUATION,
        unit="images",
        low=1,
        high=25_000,
        step=1000,
        zero="none",
    )
    target_accuracy: float = real(
        0.0,
        label="Target accuracy",
        help="The run ends after the epoch that reaches this accuracy; 0 is never.",
        group=EVALUATION,
        unit="%",
        high=100,
        low_excluded=True,
        zero="no target",
    )

    def __post_init__(self) -> None:
        for name, setting in settings_of(TrainingConfig).items():
            setting.check(getattr(self, name))

    def described(self) -> dict[str, str]:
        """Every setting's label and its value as it is read."""
        known = settings_of(TrainingConfig)
        return {setting.label: setting.show(getattr(self, name)) for name, setting in known.items()}

    def differences(self, other: "TrainingConfig") -> list[str]:
        """Labels of the settings in which the two differ."""
        return [
            setting.label
            for name, setting in settings_of(TrainingConfig).items()
            if getattr(self, name) != getattr(other, name)
        ]
