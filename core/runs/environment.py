"""What a run ran on: versions of Python and the libraries, platform, device and data."""

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata

from core.events import Started

LIBRARIES = ("torch", "torchvision", "albumentations", "numpy", "streamlit", "safetensors")


@dataclass(frozen=True)
class Environment:
    """The content of environment.json; what is missing there is not known."""

    python: str = ""
    platform: str = ""
    processors: int | None = None
    device: str = "an unknown device"
    data: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)  # versions by name


def environment(event: Started) -> Environment:
    """That of this process, for a run that began so."""
    return Environment(
        python=sys.version.split()[0],
        platform=platform.platform(),
        processors=os.cpu_count(),
        device=event.device_title,
        data=event.data_title,
        libraries={name: _version(name) for name in LIBRARIES},
    )


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"
