"""Changing colors as OpenCV and albumentations do on uint8, for whole batches.

Images are float32 (n, 3, H, W) that hold whole pixel values from 0 to 255, RGB, unless a docstring
says otherwise. Where OpenCV works in fixed point or cuts instead of rounding, so does this: the
tests hold both to the same pixels.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.augment.functional.parts import parts
from core.augment.types import RGB

# OpenCV's RGB2GRAY on uint8: 0.299, 0.587, 0.114 in units of 2**-15
_GRAY = (9798.0, 19235.0, 3735.0)
_VECTOR = 32  # pixels that OpenCV's HSV2RGB takes at a time
_SHIFT = 12  # bits after the point in OpenCV's tables for RGB2HSV


# Added to a float32 and taken away again, 1.5 x 2**23 leaves the nearest whole number (of two, the
# even one): round_() does the same, but wakes torch's threads from 2,048 elements on.
_ROUNDER = 12_582_912.0


def rounded(levels: Tensor) -> Tensor:
    """To the nearest whole numbers, in place."""
    return levels.add_(_ROUNDER).sub_(_ROUNDER)


def normalize(images: Tensor, mean: RGB, std: RGB) -> None:
    """(pixel value - mean x 255) / (std x 255), in float32, in place; both from 0 to 1."""
    offset = torch.tensor(mean, dtype=torch.float32) * 255.0
    factor = (torch.tensor(std, dtype=torch.float32) * 255.0).reciprocal()
    offset = offset.to(images.device).view(1, 3, 1, 1)
    factor = factor.to(images.device).view(1, 3, 1, 1)
    for part in parts(images, images[0].numel()):
        images[part].sub_(offset).mul_(factor)


def on_device(values: NDArray[np.float64], device: torch.device) -> Tensor:
    """In float64 where the device has that."""
    kind = torch.float32 if device.type == "mps" else torch.float64
    return torch.from_numpy(values).to(device, kind)


def wide(values: Tensor) -> Tensor:
    """As float64, which stands in for OpenCV's fused multiply-add; Apple's GPUs have none."""
    return values if values.device.type == "mps" else values.to(torch.float64)


def per_image(values: Tensor) -> Tensor:
    """(n,) as float32 (n, 1, 1, 1), to be combined with images."""
    return values.to(torch.float32).view(-1, 1, 1, 1)


def cut(levels: Tensor) -> Tensor:
    """To whole pixel values the way a cast to uint8 does: towards zero."""
    return levels.clamp_(0, 255).trunc_()


def gray(images: Tensor) -> Tensor:
    """Luminance (n, 1, H, W), rounded like OpenCV's fixed point. Every step is exact in float32."""
    weights = torch.tensor(_GRAY, device=images.device).view(1, 3, 1, 1)
    return (images * weights).sum(1, keepdim=True).add_(16384.0).div_(32768.0).floor_()


def gray_of_floats(images: Tensor) -> Tensor:
    """Luminance (n, 1, H, W) of images of floats: OpenCV's RGB2GRAY on float32."""
    weights = torch.tensor((0.299, 0.587, 0.114), device=images.device).view(1, 3, 1, 1)
    return (images * weights).sum(1, keepdim=True)


def scale_and_add(images: Tensor, factor: Tensor, offset: Tensor) -> Tensor:
    """images x factor + offset, (n,) each; cut to pixel values (albucore's multiply_add)."""
    return cut(images * per_image(factor) + per_image(offset))


def brightness(images: Tensor, factor: Tensor) -> Tensor:
    return cut(images * per_image(factor))


def contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Away from, or towards, the mean luminance of the image."""
    offset = wide(gray(images)).mean(dim=(1, 2, 3)) * (1.0 - wide(factor))
    changed = scale_and_add(images, factor, offset)
    return torch.where(per_image(factor) == 1, images, changed)


def saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Away from, or towards, the gray image; OpenCV's addWeighted rounds to the nearest."""
    rest = gray(images) * per_image(1.0 - wide(factor))
    mixed = wide(images) * wide(per_image(factor)) + wide(rest)
    return mixed.to(torch.float32).round_().clamp_(0, 255)


def hue(images: Tensor, factor: Tensor) -> Tensor:
    """Turned round the color wheel by `factor` of a full turn, in OpenCV's 180 steps."""
    tone, strength, value = rgb_to_hsv(images)
    turned = wide(tone) + wide(factor).view(-1, 1, 1, 1) * 180.0
    tone = turned.remainder_(180.0).trunc_().to(torch.float32)
    changed = hsv_to_rgb(tone, strength, value)
    return torch.where(per_image(factor) == 0, images, changed)


def shift_hsv(images: Tensor, tone: Tensor, strength: Tensor, value: Tensor) -> Tensor:
    """Hue (of 180), saturation and value (of 255) shifted by (n,) each; gray pixels stay gray."""
    h, s, v = rgb_to_hsv(images)
    turned = wide(h) + wide(tone).view(-1, 1, 1, 1)
    h = turned.remainder_(180.0).trunc_().to(torch.float32)
    s = torch.where(s == 0, s, _shifted(s, per_image(strength)))
    return hsv_to_rgb(h, s, _shifted(v, per_image(value)))


def _shifted(levels: Tensor, by: Tensor) -> Tensor:
    return (levels + by.trunc()).clamp_(0, 255)  # albucore cuts what it adds to uint8


def _tables(device: torch.device) -> tuple[Tensor, Tensor]:
    steps = torch.arange(1, 256, dtype=torch.float64)
    zero = torch.zeros(1, dtype=torch.float64)
    strength = torch.cat([zero, ((255 << _SHIFT) / steps).round()])
    tone = torch.cat([zero, ((180 << _SHIFT) / (6.0 * steps)).round()])
    return strength.to(device, torch.int32), tone.to(device, torch.int32)


def rgb_to_hsv(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue 0..179, saturation and value 0..255, float32 (n, 1, H, W) of whole numbers.

    OpenCV's fixed-point RGB2HSV, to the bit.
    """
    levels = images.to(torch.int32)
    red, green, blue = levels[:, 0:1], levels[:, 1:2], levels[:, 2:3]
    value = levels.amax(1, keepdim=True)
    spread = value - levels.amin(1, keepdim=True)
    strengths, tones = _tables(images.device)
    half = 1 << (_SHIFT - 1)
    strength = (spread * strengths[value] + half) >> _SHIFT
    tone = torch.where(
        value == red,
        green - blue,
        torch.where(value == green, blue - red + 2 * spread, red - green + 4 * spread),
    )
    tone = (tone * tones[spread] + half) >> _SHIFT
    tone = torch.where(tone < 0, tone + 180, tone)
    return tone.to(torch.float32), strength.to(torch.float32), value.to(torch.float32)


def hsv_to_rgb(tone: Tensor, strength: Tensor, value: Tensor) -> Tensor:
    """The inverse, (n, 3, H, W), in float32; to the bit, but for Apple's GPUs.

    OpenCV takes 32 pixels of a line at a time, where it cuts off what is behind the point; what is
    left over at the line's end it rounds. (With AVX2: elsewhere it may take 16.)
    """
    sector = tone * (6.0 / 180.0)
    whole = sector.floor()
    rest = sector - whole
    s, v = strength * (1.0 / 255.0), value * (1.0 / 255.0)
    exact = wide(s)  # OpenCV rounds 1 - s x rest once
    falling = v * (1 - exact * rest).to(torch.float32)
    rising = v * (1 - exact * (1 - rest)).to(torch.float32)
    low = v * (1 - s)
    table = torch.cat([v, low, falling, rising], dim=1)
    # which of the four each channel takes in each sixth of the wheel
    which = torch.tensor(
        [[0, 3, 1], [2, 0, 1], [1, 0, 3], [1, 2, 0], [3, 1, 0], [0, 1, 2]], device=tone.device
    )
    index = which[whole.to(torch.int64).remainder(6)[:, 0]].permute(0, 3, 1, 2)
    made = table.gather(1, index).mul_(255.0)
    left_over = made.shape[-1] - made.shape[-1] % _VECTOR
    made[..., left_over:].round_()
    return made.floor_().clamp_(0, 255)
