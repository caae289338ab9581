"""`python -m core report`: a run as Markdown with pictures, to hand in."""

import argparse
from pathlib import Path

from core import paths
from core.data.sources import catalogue


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `report`."""
    report = commands.add_parser(
        "report",
        help="a run as Markdown with pictures, to hand in",
        description="Write report.md, curves.png and mistakes.png of a run into a folder.",
    )
    report.add_argument("run_name", metavar="RUN", help="a run's name or folder")
    report.add_argument(
        "--to", metavar="DIR", type=Path, help="default: a folder of the run's name in the lab's"
    )
    report.add_argument("--runs", type=Path, help="where run folders are kept")
    report.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    from core.export import report
    from core.runs.store import find_run

    run = find_run(options.run_name, options.runs or paths.runs_folder())
    folder = options.to or paths.reports_folder() / run.name
    print(report.write(run, folder, lambda source: catalogue.load(source)))
    return 0
