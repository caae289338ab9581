"""The process in which a student's file is run: `python -m core.analysis.sandbox.child FD`.

Reads one job as JSON from standard input and writes `ready`, then one JSON answer, to the pipe FD.
Started by parent.py, which watches the clock, in a scratch folder that is removed afterwards.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

MEMORY = 4 << 30  # bytes that the file may take on top of torch
MAX_WRITE = 50_000_000  # bytes of a file that it may write


def main() -> None:
    answer = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    job = json.loads(sys.stdin.readline())
    import torch

    from core.errors import LabError

    torch.set_num_threads(1)
    _limit(int(job["seconds"]))
    answer.write("ready\n")
    answer.flush()
    result: dict[str, Any]
    try:
        result = {"answer": _answer(job)}
    except LabError as error:
        result = {"error": str(error)}
    except Exception as error:  # whatever the file made of itself
        reason = " ".join(str(error).split())[:400]
        result = {"error": f"{job['network']} stops with {type(error).__name__}: {reason}."}
    answer.write(json.dumps(result))
    answer.flush()
    os._exit(0)  # threads and exit handlers of the file are not waited for


def _answer(job: dict[str, Any]) -> Any:
    from core.analysis.inspect import inspect
    from core.config.run_config import NetworkConfig

    network = NetworkConfig(job["network"])
    size = tuple(job["image_size"])
    if job["job"] == "inspect":
        return inspect(network, classes=job["classes"], image_size=size).to_plain()
    if job["job"] == "probe":
        from core.analysis.receptive_field.cross_check import compare

        found = compare(network, classes=job["classes"], image_size=size, layer_by_layer=True)
        return found.to_plain()
    if job["job"] == "effective":
        import torch

        from core.analysis.receptive_field.effective import footprints
        from core.networks.building import build

        model = build(network, job["classes"])
        return [vars(entry) for entry in footprints(model, torch.tensor(job["images"]))]
    raise ValueError(job["job"])


def _limit(seconds: int) -> None:
    """Processor time, memory and file size, where the system has such limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + seconds + 5,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_WRITE, MAX_WRITE))
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        taken = int(pages) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY,) * 2)
    except (OSError, ValueError):  # no /proc: the clock and the other limits remain
        return


if __name__ == "__main__":
    main()
