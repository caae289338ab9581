"""Parameters that several transforms share."""

from core.augment.transforms.parameters import ParameterRecord

BORDERS = ("constant", "reflect_101", "reflect", "replicate", "wrap")


def probability(default: float = 0.5, what: str = "an image") -> ParameterRecord:
    return ParameterRecord(
        "p", "Probability", f"How often {what} is changed: 0 never, 1 always.", "probability",
        default, 0, 1, 0.05,
    )  # fmt: skip


def interval(
    name: str, label: str, help: str, default: tuple[float, float], low: float, high: float,
    step: float, unit: str = "", *, center: float | None = None, fixed: bool = False,
) -> ParameterRecord:  # fmt: skip
    """A range of a real number; see ParameterRecord."""
    return ParameterRecord(
        name, label, help, "range", default, low, high, step, unit, center=center, fixed=fixed
    )


def fill(where: str, *made_up: str) -> ParameterRecord:
    """A color; `made_up` names ways to make one up that albumentations knows."""
    return ParameterRecord(
        "fill", "Fill", f"The color of {where}, as RGB from 0 to 255.", "fill",
        (0.0, 0.0, 0.0), -255, 255, 1, choices=made_up,
    )  # fmt: skip


BORDER = ParameterRecord(
    "border_mode", "Border", "What comes in from outside the image.", "choice", "constant",
    choices=BORDERS,
)  # fmt: skip
INTERPOLATION = ParameterRecord(
    "interpolation", "Interpolation", "How values between the pixels are worked out.", "choice",
    "linear", choices=("linear", "nearest", "cubic"),
)  # fmt: skip
# OpenCV's nearest picks another neighbor than torch's where a point lies half way
NOT_BATCHED = (("interpolation", "cubic"), ("interpolation", "nearest"))
