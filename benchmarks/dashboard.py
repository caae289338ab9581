"""What watching costs a run, and how fast pages answer while one trains.

    python benchmarks/dashboard.py            # some ten minutes; prints a table for README.md
    python benchmarks/dashboard.py --rounds 2 --seconds 2 --times 2     # to see that it works

One server, one training run. In short turns, many rounds, so that a machine that others use as
well slows all of them alike: nobody watches; a session polls the live curves (Streamlit's messages
over a websocket, drawing nothing: what the server pays); a headless Chromium shows them (on the
same cores as the training: what a laptop pays). The order changes from round to round. The
processor time that the server spends on an image is told as well: others on the machine hardly
change it. Then page switches during training, and, with the run stopped, a slider of the
Augmentations page.
"""

import argparse
import json
import math
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.session import Session
from core.config.run_config import RunConfig
from core.runs.store import Run
from tests.e2e import browser as browsers
from tests.e2e.server import LabServer

RECIPE = "recipe=doc_003"  # modular_97k, SGD
SETTLE = 1.5  # seconds at the start of a turn that do not count


def throughput(steps: Path, batch_size: int, start: float, end: float) -> float:
    """Images per second of training between two moments, from the run's own rows; 0 for no row.

    A row tells the speed since the row before it, without the time spent on testing.
    """
    rows = [json.loads(line) for line in steps.read_text().splitlines()]
    images = seconds = 0.0
    for before, row in pairwise(rows):
        if before["time"] >= start and row["time"] <= end:
            done = (row["step"] - before["step"]) * batch_size
            images += done
            seconds += done / row["images_per_second"]
    return images / seconds if seconds else 0.0


@contextmanager
def nobody(server: LabServer) -> Iterator[Callable[[float], None]]:
    yield time.sleep


@contextmanager
def bare_session(server: LabServer) -> Iterator[Callable[[float], None]]:
    with Session(server.url) as session:
        session.run("train")
        yield session.poll
        if not session.polls:
            raise SystemExit("The session never polled: the Train page was not live.")


@contextmanager
def real_browser(server: LabServer) -> Iterator[Callable[[float], None]]:
    with browsers.chromium() as browser:
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(browsers.address(server.url, "train"))
        page.locator(".js-plotly-plot:visible").first.wait_for()
        yield lambda seconds: page.wait_for_timeout(1000 * seconds)


def start_training(server: LabServer) -> Path:
    """A long run of document 003's recipe; returns its table of steps, once there are some."""
    with Session(server.url, RECIPE) as session:
        session.run("train")
        session.change("Epochs", int_value=1000)
        seen = session.change("Start", trigger_value=True)
        if seen.failed:
            raise SystemExit("The Train page failed.")
    for _ in range(600):
        for steps in (server.home / "runs").glob("*/steps.jsonl"):
            if steps.read_text().count("\n") > 5:
                return steps
        time.sleep(0.2)
    raise SystemExit(f"The run did not begin; see {server.log}.")


def processor_seconds(pid: int) -> float:
    """What a process has used so far, all threads; nan where /proc does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.nan
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def take_turn(
    go_on: Callable[[float], None],
    server: LabServer,
    steps: Path,
    config: RunConfig,
    seconds: float,
) -> tuple[float, float]:
    """Images per second, and the server's processor time in ms an image.

    Where a busy machine does no step in so many seconds, the turn takes so many more.
    """
    go_on(SETTLE)
    start, used = time.time(), processor_seconds(server.pid)
    for _ in range(20):
        go_on(seconds)
        end = time.time()
        speed = throughput(steps, config.training.batch_size, start, end)
        if speed:
            used = processor_seconds(server.pid) - used
            return speed, 1000 * used / (speed * (end - start))
    raise SystemExit("No step was done in a turn: give --seconds more.")


def measure_training(
    server: LabServer, steps: Path, config: RunConfig, rounds: int, seconds: float
) -> list[str]:
    kinds = {"nobody watches": nobody, "a session polls": bare_session}
    if browsers.executable():
        kinds["Chromium watches, on the same cores"] = real_browser
    speeds: dict[str, list[float]] = {name: [] for name in kinds}
    costs: dict[str, list[float]] = {name: [] for name in kinds}
    names = list(kinds)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            with kinds[name](server) as go_on:
                speed, cost = take_turn(go_on, server, steps, config, seconds)
            speeds[name].append(speed)
            costs[name].append(cost)
        shown = ", ".join(f"{name} {measured[-1]:.0f}" for name, measured in speeds.items())
        print(f"round {turn + 1}, images/s: {shown}", file=sys.stderr)
    lines = [
        "| training | images/s, median | ratio to nobody, median (middle half) "
        "| processor ms an image, median | ratio | required |",
        "|---|---|---|---|---|---|",
    ]
    for name in names:
        ratios = [a / b for a, b in zip(speeds[name], speeds[names[0]], strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        cost, base = statistics.median(costs[name]), statistics.median(costs[names[0]])
        shown = "1" if name == names[0] else f"{middle:.3f} ({low:.3f} to {high:.3f})"
        required = "at least 0.95" if name == "a session polls" else ""
        lines.append(
            f"| {name} | {statistics.median(speeds[name]):.0f} | {shown} "
            f"| {cost:.3f} | {cost / base:.3f} | {required} |"
        )
    return lines


def measure_switches(server: LabServer, times: int) -> dict[str, list[float]]:
    """Milliseconds from asking for a page to the end of its script, each page `times` times."""
    took: list[float] = []
    with Session(server.url) as session:
        session.run("")
        for _ in range(times + 1):
            for page in session.pages:
                seen = session.run(page)
                took.append(1000 * seen.seconds)
    found = {"page switch while training, server": took[len(session.pages) :]}
    if browsers.executable():
        found["the same in Chromium, on the same cores"] = switches_in_browser(server, times)
    return found


def switches_in_browser(server: LabServer, times: int) -> list[float]:
    """Milliseconds from a click in the navigation until the page's script has ended."""
    took = []
    with browsers.chromium() as browser:
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(server.url)
        browsers.settle(page)
        links = page.get_by_test_id("stSidebarNav").get_by_role("link")
        for turn in range(times + 1):
            for place in (*range(1, len(browsers.PAGES)), 0):
                title = "CIFAR-10 lab" if place == 0 else list(browsers.PAGES.values())[place]
                started = time.perf_counter()
                links.nth(place).click()
                heading = page.get_by_test_id("stMain").get_by_role("heading", name=title)
                heading.first.wait_for()
                browsers.settle(page)
                if turn:
                    took.append(1000 * (time.perf_counter() - started))
    return took


def measure_slider(server: LabServer, times: int, label: str) -> list[float]:
    """Milliseconds from a slider's new value to the end of the script that shows 16 images."""
    took = []
    with Session(server.url) as session:
        session.run("augmentations")
        slider = session.widgets[session.identity(label)]
        for turn in range(times + 1):
            value = slider.min + (slider.max - slider.min) * (turn % 7 + 1) / 8
            seen = session.change(label, double_array_value=[value])
            if seen.failed:
                raise SystemExit("The Augmentations page failed.")
            if turn:
                took.append(1000 * seen.seconds)
    return took


def machine() -> str:
    model = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        names = [line for line in cpu.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("torch", "streamlit"))
    return (
        f"{os.cpu_count()} cores ({model}), {platform.system()}, "
        f"Python {platform.python_version()}, {libraries}; load before: {os.getloadavg()[0]:.1f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="turns of each kind (default 20)")
    parser.add_argument("--seconds", type=float, default=6, help="of each turn (default 6)")
    parser.add_argument("--times", type=int, default=10, help="page switches (default 10 each)")
    parser.add_argument(
        "--slider", default="Horizontal flip · probability", help="label of the slider to move"
    )
    options = parser.parse_args(arguments)
    about = machine()
    with (
        tempfile.TemporaryDirectory() as home,
        LabServer(Path(home) / "lab", options=("--server.fileWatcherType", "none")) as server,
    ):
        steps = start_training(server)
        config = Run(steps.parent).config
        lines = measure_training(server, steps, config, options.rounds, options.seconds)
        answers = measure_switches(server, options.times)
        with Session(server.url) as session:
            session.run("train")
            session.change("Stop", trigger_value=True)
        answers["slider to new preview, server"] = measure_slider(
            server, 4 * options.times, options.slider
        )
    print(
        f"{config.data}, {config.network.name}, batch {config.training.batch_size}, "
        f"{options.rounds} rounds of {options.seconds:g} s."
    )
    print(f"{about}.\n")
    print("\n".join(lines))
    print("\n| answer | median ms | 90% within ms | n |\n|---|---|---|---|")
    for name, took in answers.items():
        nine = statistics.quantiles(took, n=10)[-1]
        print(f"| {name} | {statistics.median(took):.0f} | {nine:.0f} | {len(took)} |")


if __name__ == "__main__":
    main()
