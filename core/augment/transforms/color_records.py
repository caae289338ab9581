"""Records of the transforms that change colors, and of Normalize, MixUp and CutMix."""

from core.augment.transforms.parameters import ParameterRecord
from core.augment.transforms.record import TransformRecord, probability


def _range(name: str, label: str, help: str, default: tuple[float, float], low: float, high: float,
           step: float, unit: str = "", **more: object) -> ParameterRecord:  # fmt: skip
    return ParameterRecord(name, label, help, "range", default, low, high, step, unit, **more)  # type: ignore[arg-type]


COLOR_JITTER = TransformRecord(
    "ColorJitter", "Color jitter",
    "Changes brightness, contrast, saturation and hue, in an order drawn anew each time.",
    (
        _range("brightness", "Brightness", "The factor of the brightness; 1 leaves it.",
               (0.8, 1.2), 0, 2, 0.05, center=1.0),
        _range("contrast", "Contrast", "The factor of the contrast; 1 leaves it.", (0.8, 1.2),
               0, 2, 0.05, center=1.0),
        _range("saturation", "Saturation", "The factor of the colorfulness; 0 is gray.",
               (0.8, 1.2), 0, 2, 0.05, center=1.0),
        _range("hue", "Hue", "The turn round the color wheel; 0.5 is half way.", (-0.5, 0.5),
               -0.5, 0.5, 0.01, center=0.0),
        probability(),
    ),
)  # fmt: skip
TO_GRAY = TransformRecord(
    "ToGray", "To gray", "Takes the color away.",
    (
        probability(),
        ParameterRecord(
            "method", "Method", "How three channels become one.", "choice", "weighted_average",
            choices=("weighted_average", "average", "max", "desaturation", "from_lab", "pca"),
        ),
    ),
    after_normalize=True,
    albumentations_only=(("method", "from_lab"), ("method", "pca")),
)  # fmt: skip
BRIGHTNESS_CONTRAST = TransformRecord(
    "RandomBrightnessContrast", "Brightness and contrast",
    "Multiplies the gray levels (contrast) and adds to them (brightness).",
    (
        _range("brightness_limit", "Brightness", "What is added; 1 is the full scale.",
               (-0.2, 0.2), -1, 1, 0.05, center=0.0),
        _range("contrast_limit", "Contrast", "The factor is 1 plus this.", (-0.2, 0.2), -1, 2, 0.05,
               center=0.0),
        probability(),
        ParameterRecord("brightness_by_max", "Add shares of 255",
                        "Off: what is added is a share of the image's own mean.", "switch", True),
    ),
)  # fmt: skip
HUE_SATURATION = TransformRecord(
    "HueSaturationValue", "Hue, saturation, value",
    "Adds to hue, saturation and value of each pixel.",
    (
        _range("hue_shift_limit", "Hue", "In steps of 2 degrees round the color wheel.",
               (-20.0, 20.0), -180, 180, 1, center=0.0),
        _range("sat_shift_limit", "Saturation", "In levels of 255.", (-30.0, 30.0), -255, 255, 1,
               center=0.0),
        _range("val_shift_limit", "Value", "In levels of 255.", (-20.0, 20.0), -255, 255, 1,
               center=0.0),
        probability(),
    ),
)  # fmt: skip
GAUSS_NOISE = TransformRecord(
    "GaussNoise", "Gaussian noise", "Adds noise to each pixel.",
    (
        _range("std_range", "Strength", "The noise's standard deviation, as a share of 255.",
               (0.2, 0.44), 0, 1, 0.01),
        _range("mean_range", "Offset", "The noise's mean, as a share of 255.", (0.0, 0.0), -1, 1,
               0.01),
        ParameterRecord("per_channel", "Colored", "Off: the same noise in all three channels.",
                        "switch", True),
        probability(),
    ),
)  # fmt: skip
SHARPEN = TransformRecord(
    "Sharpen", "Sharpen", "Lays edges over the image.",
    (
        _range("alpha", "Strength", "0 is the image, 1 its edges alone.", (0.2, 0.5), 0, 1, 0.05),
        _range("lightness", "Lightness", "The weight of the image within its edges.", (0.5, 1.0),
               0, 3, 0.05),
        probability(),
    ),
)  # fmt: skip
GAUSSIAN_BLUR = TransformRecord(
    "GaussianBlur", "Gaussian blur", "Softens the image.",
    (
        _range("sigma_limit", "Radius", "The bell's standard deviation.", (0.5, 3.0), 0.1, 10, 0.1,
               "pixels"),
        probability(),
    ),
)  # fmt: skip
NORMALIZE = TransformRecord(
    "Normalize", "Normalize",
    "Subtracts a mean and divides by a standard deviation, per channel. A policy without it ends "
    "in one with the data set's own numbers.",
    (
        ParameterRecord("mean", "Mean", "What is subtracted, as shares of 255.", "channels",
                        "data", 0, 1, 0.005),
        ParameterRecord("std", "Standard deviation", "What is divided by, as shares of 255.",
                        "channels", "data", 0.01, 1, 0.005),
    ),
    level="normalize",
)  # fmt: skip
MIX_UP = TransformRecord(
    "MixUp", "MixUp",
    "Lays a second image of the batch over each image; the label becomes the same mixture "
    "(Zhang et al. 2018, arXiv:1710.09412).",
    (
        ParameterRecord("alpha", "Alpha", "The share is drawn from Beta(alpha, alpha): at 0.2 "
                        "mostly near one image, at 1 any share alike.", "number", 0.2, 0.05, 8,
                        0.05),
        probability(1.0, "a batch"),
    ),
    level="batch",
)  # fmt: skip
CUT_MIX = TransformRecord(
    "CutMix", "CutMix",
    "Pastes a rectangle of a second image of the batch into each image; the label is shared by "
    "area (Yun et al. 2019, arXiv:1905.04899).",
    (
        ParameterRecord("alpha", "Alpha", "The area is drawn from Beta(alpha, alpha): at 1 any "
                        "area alike.", "number", 1.0, 0.05, 8, 0.05),
        probability(0.5, "a batch"),
    ),
    level="batch",
)  # fmt: skip

COLOR = (
    COLOR_JITTER,
    TO_GRAY,
    BRIGHTNESS_CONTRAST,
    HUE_SATURATION,
    GAUSS_NOISE,
    SHARPEN,
    GAUSSIAN_BLUR,
)
ENDING = (NORMALIZE, MIX_UP, CUT_MIX)
