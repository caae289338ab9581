"""How long it takes to read a network, on one core: `python benchmarks/inspection.py [--json]`.

Prints the first call after import and the median and slowest of 20 more, against the targets:
propagated layer table of the largest network 50 ms, probe 300 ms, edit to table 100 ms. Compare
figures of one run only: the machine's speed swings.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20, help="after the first (default 20)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import torch

    torch.set_num_threads(1)
    from core.analysis.claims import claims_table
    from core.analysis.inspect import inspect, of_rows
    from core.analysis.receptive_field import cross_check
    from core.analysis.rules.check import check
    from core.analysis.summary import build, formats  # noqa: F401
    from core.analysis.summary.editor_rows import rows_of
    from core.config.run_config import NetworkConfig

    largest = max(claims_table(), key=lambda row: row.claims.parameters).record.name
    network = NetworkConfig(largest)
    rows: list[dict[str, object]] = []
    number = iter(range(1, 10_000))

    def table() -> None:
        formats.cells(inspect(network, suggest=False))

    def with_changes() -> None:
        formats.cells(inspect(network))

    def measure() -> None:
        cross_check.compare(network)

    def edit() -> None:
        if not rows:
            rows.extend(rows_of(inspect(NetworkConfig("modular_97k"), suggest=False)))
        rows[4]["channels"] = 8 + next(number)  # another network each time: nothing is cached
        inspection = of_rows(rows)
        formats.cells(inspection)
        check(inspection)

    edit_rows: Callable[[], None] = edit
    cases = [
        (f"propagated table, {largest}", table, 50.0),
        (f"the same with the smallest changes, {largest}", with_changes, None),
        (f"probe, {largest}", measure, 300.0),
        ("edit to table and verdict, modular_97k", edit_rows, 100.0),
    ]
    results = []
    for name, job, target in cases:
        times = []
        for _ in range(options.repeats + 1):
            began = time.perf_counter()
            job()
            times.append((time.perf_counter() - began) * 1000)
        results.append(
            {
                "case": name,
                "first_ms": round(times[0], 1),
                "median_ms": round(statistics.median(times[1:]), 1),
                "slowest_ms": round(max(times[1:]), 1),
                "target_ms": target,
            }
        )
    if options.json:
        print(json.dumps(results, indent=1))
        return
    print(f"{'':<46}{'first':>9}{'median':>9}{'slowest':>9}{'target':>9}   (ms)")
    for entry in results:
        goal = f"{entry['target_ms']:.0f}" if entry["target_ms"] else "-"
        print(
            f"{entry['case']:<46}{entry['first_ms']:>9}{entry['median_ms']:>9}"
            f"{entry['slowest_ms']:>9}{goal:>9}"
        )


if __name__ == "__main__":
    main()
