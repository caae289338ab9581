"""One press of a button: a network learns the drawn shapes, with its curve and its mistakes."""

from contextlib import suppress

import streamlit as st

from core import paths
from core.augment import policies
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.data.sources import catalogue
from core.errors import LabError
from core.runs.store import Run
from lab import errors, format, state
from lab.charts import run_metrics
from lab.components.chart import chart
from lab.images import html
from lab.layout import page_link
from lab.train.figures import curve_of

POLL_SECONDS = 1.0
MISTAKES = 8
# The lab's quickest network and recipe, in so many epochs as two cores do in a minute.
CONFIG = RunConfig(
    data=catalogue.READY,
    network=NetworkConfig("sprint"),
    policy=policies.named("sprint"),
    training=TrainingConfig(
        epochs=6,
        optimizer="muon",
        learning_rate=0.05,
        weight_decay=0.02,
        label_smoothing=0.05,
        initial_image_size=20,
        replicas=2,
    ),
)


def show() -> None:
    """The picture and the button; once it was pressed, the run."""
    run = _run()
    if run is None:
        st.html(html.picture((paths.ASSETS / "shapes.png").read_bytes(), "Twenty drawn shapes"))
        st.caption(
            "Ten classes of shapes, drawn by the lab. Above as the network trains on them, below "
            "as it is tested: shifted, turned and partly covered. CIFAR-10 works the same way."
        )
        _button("Watch a network learn (60 s)")
        return
    alive = run.status.alive
    st.fragment(_watch, run_every=POLL_SECONDS if alive else None)(run.name, alive)


def _run() -> Run | None:
    """The run that this session started here, or one that is at work."""
    started = state.recall("demo")
    for run in state.runs()[:20]:
        if run.name == started:
            return run
    alive = state.in_training()
    with suppress(LabError):  # a run whose settings cannot be read is another one
        if alive is not None and alive.config == CONFIG:
            return alive
    return None


def _button(label: str) -> None:
    busy = state.in_training() is not None
    st.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        key="demo",
        width="stretch",
        disabled=busy,
        help="Another run is in training; wait for its end, or watch it." if busy else None,
        on_click=errors.attempt,
        args=(_start,),
    )


def _start() -> None:
    state.make_way()
    state.remember("demo", state.runner().start(CONFIG).name)


def _watch(name: str, was_alive: bool) -> None:
    with errors.shown():
        run = state.run_named(name)
        status, rows = run.status, state.follower(run).rows("epochs")
        if was_alive and not status.alive:
            st.rerun()
        done = f"Epoch {min(len(rows) + 1, CONFIG.training.epochs)} of {CONFIG.training.epochs}"
        best = f"Test accuracy {rows[-1]['test_accuracy']:.1f}%" if rows else ""
        text = status.message or (done if status.alive else f"{len(rows)} epochs trained")
        st.progress(run.progress(), text=" · ".join(part for part in (text, best) if part))
        figure = run_metrics.accuracy([curve_of(run)])
        figure.update_layout(height=300, margin_t=75)
        chart(figure, "demo_accuracy")
        _mistakes(run, len(rows))
        if not status.alive:
            _what_next(run)


def _mistakes(run: Run, epoch: int) -> None:
    """Some test images that are taken for another class after the last epoch."""
    if not epoch:
        st.caption("Its mistakes appear here after the first epoch.")
        return
    found: tuple[int, str] = state.kept("demo mistakes", 4).get(
        (run.name, epoch), lambda: _made(run)
    )
    st.markdown(
        f"**{found[0]:,} mistakes** on the test images: true class → predicted class, the most "
        "confident first"
    )
    st.html(found[1])


def _made(run: Run) -> tuple[int, str]:
    predictions = run.predictions("last")
    if predictions is None:
        return 0, ""
    wrong = (predictions.predicted != predictions.labels).nonzero().flatten()
    worst = wrong[predictions.confidence[wrong].argsort(descending=True)][:MISTAKES]
    names = predictions.class_names
    classes = [
        (names[int(predictions.labels[each])], names[int(predictions.predicted[each])])
        for each in worst
    ]
    pixels = state.image_set(CONFIG.data).test_images[worst].permute(0, 2, 3, 1).numpy()
    return len(wrong), html.grid(
        pixels,
        MISTAKES,
        names=[f"{true}, predicted {predicted}" for true, predicted in classes],
        captions=[html.words(true, f"→ {predicted}") for true, predicted in classes],
    )


def _what_next(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        page_link("mistakes", "See all its mistakes", query={"run": run.name})
        page_link("train", "See all its curves", query={"run": run.name})
    st.caption(f"{format.run_title(run)}. Train your own on the Train page.")
    _button("Watch it again")
