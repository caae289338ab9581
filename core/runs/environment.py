"""What a run ran on: versions of Python and the libraries, platform, device and data."""

import os
import platform
import sys
from importlib import metadata

from core.events import Started

LIBRARIES = ("torch", "torchvision", "albumentations", "numpy", "streamlit", "safetensors")


def environment(event: Started) -> dict[str, object]:
    """The content of environment.json."""
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "device": event.device_title,
        "data": event.data_title,
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"
