"""What comes before the first step: a folder of images decoded with no cache, and with one.

    python benchmarks/first_images.py FOLDER            # such as cifar10-jpeg, some half a minute

Each figure is of a process of its own in an empty workspace: `python -m core train` from being
called to the first row of its curve, then `load` alone, without a cache and with the one that it
left. What the operating system keeps of the files in memory is not thrown away. The target, of
issue 12: a first curve under 10 s.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

_LOAD = (
    "import json, sys, time; from core.data.sources import catalogue; started = time.perf_counter()"
    "; images = catalogue.load(sys.argv[1]); print(json.dumps([time.perf_counter() - started, "
    "len(images.train_labels) + len(images.test_labels)]))"
)


def first_row(data: str, home: Path) -> float:
    """Seconds from calling `train` to the first row of its curve; the run is then ended."""
    command = [sys.executable, "-m", "core", "train", "--data", data, "--epochs", "1"]
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=_environment(home), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            while not any(file.stat().st_size for file in home.glob("runs/*/steps.jsonl")):
                if process.poll() is not None:
                    raise SystemExit(f"train ended with {process.returncode} before its first step")
                time.sleep(0.01)
            return time.perf_counter() - started
        finally:
            process.terminate()


def load(data: str, home: Path) -> tuple[float, int]:
    """Seconds of `load` alone, and how many images it gave."""
    ran = subprocess.run(
        [sys.executable, "-c", _LOAD, data], cwd=REPOSITORY, env=_environment(home),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, images = json.loads(ran.stdout)
    return float(seconds), int(images)


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "CIFAR10_LAB_HOME": str(home)}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", metavar="FOLDER", help="a folder of images")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    data = str(Path(given.data).resolve())

    from benchmarks.turns import machine

    print(machine())
    for number in range(given.rounds):
        with tempfile.TemporaryDirectory(prefix="lab-first-") as one:
            curve = first_row(data, Path(one))
        with tempfile.TemporaryDirectory(prefix="lab-first-") as other:
            cold, images = load(data, Path(other))
            warm, _ = load(data, Path(other))
        print(
            f"round {number + 1}: first row of the curve {curve:.1f} s (target: under 10 s); "
            f"{images:,} images without a cache {cold:.2f} s, with one {warm:.2f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
