"""All runs as a table: watch one, lay others over it, download, delete."""

import io
import json
import tempfile
import zipfile
from pathlib import Path

import pandas as pd
import streamlit as st

from core.errors import LabError
from core.runs import store
from core.runs.store import Run
from lab import errors, format, state

POLL_SECONDS = 3.0
MOST = 200  # rows: the newest; older runs stay on the disk


def show() -> None:
    """The table and what can be done with its rows; nothing where there are no runs."""
    with errors.shown():
        runs = state.runs()[:MOST]
        if not runs:
            return
        st.subheader("Runs", anchor=False)
        problem = state.recall("delete_problem")
        if problem:
            st.error(problem, icon=":material/error:")
            state.remember("delete_problem", None)
        st.caption("Tick one to watch it, several to lay their curves over each other.")
        alive = any(run.status.alive for run in runs[:10])
        st.fragment(_table, run_every=POLL_SECONDS if alive else None)()
        chosen = [runs[index] for index in state.selected_rows("runs_table") if index < len(runs)]
        _actions(chosen or [run for run in [state.watched()] if run is not None])


def _table() -> None:
    """As the disk tells it now: a run that waited when the page was drawn may train by now."""
    if state.recall("runs_picked"):
        state.remember("runs_picked", False)
        st.rerun()
    st.dataframe(
        pd.DataFrame([_kept_row(run) for run in state.runs()[:MOST]]),
        hide_index=True,
        on_select=_picked,
        selection_mode="multi-row",
        key="runs_table",
        placeholder="–",
        column_config={
            "Best": st.column_config.NumberColumn("Best accuracy", format="%.2f%%"),
            "Last": st.column_config.NumberColumn("Last accuracy", format="%.2f%%"),
            "Of": st.column_config.TextColumn("Of", help="The images that the accuracies are of."),
            "Progress": st.column_config.ProgressColumn("Epochs done", format="percent"),
        },
    )


def _kept_row(run: Run) -> dict[str, object]:
    """A run that has ended is read once: the table is drawn again every few seconds."""
    status = run.status
    if status.alive:
        return _row(run)
    row: dict[str, object] = state.kept("run rows", MOST).get(
        (run.name, status.state, status.ended), lambda: _row(run)
    )
    return row


def _row(run: Run) -> dict[str, object]:
    status = run.status
    rows = state.follower(run).rows("epochs")
    try:
        config = run.config
    except LabError:
        return {"Run": format.run_title(run), "State": "Unreadable"}
    accuracies = [row["test_accuracy"] for row in rows]
    return {
        "Run": format.run_title(run),
        "State": format.state(status),
        "Images": status.started.data_title or Path(config.data).name.capitalize(),
        "Augmentation": _policy(run),
        "Best": max(accuracies, default=None),
        "Last": accuracies[-1] if accuracies else None,
        "Of": status.started.evaluated if rows else None,
        "Progress": len(rows) / config.training.epochs,
        "Epochs": config.training.epochs,
        "Optimizer": config.training.optimizer,
        "Learning rate": config.training.learning_rate,
        "Seed": config.training.seed,
    }


def _policy(run: Run) -> str:
    from core.augment.policies import name_of

    return name_of(run.config.policy) or "edited"


def _picked() -> None:
    """A click in the table: the first row is watched, the others are laid over it."""
    runs = state.runs()[:MOST]
    rows = state.selected_rows("runs_table")
    names = [runs[index].name for index in rows if index < len(runs)]
    if names:
        state.watch(names[0])
    state.overlay(names[1:])
    state.remember("runs_picked", True)


def _actions(chosen: list[Run]) -> None:
    if not chosen:
        return
    run = chosen[0]
    with st.container(horizontal=True):
        st.download_button(
            "Metrics (CSV)",
            lambda: pd.DataFrame(run.epochs()).to_csv(index=False),
            f"{run.name}.csv",
            "text/csv",
            icon=":material/download:",
            disabled=not state.follower(run).rows("epochs"),
        )
        st.download_button(
            "Settings (JSON)",
            json.dumps(run.config.to_dict(), indent=2),
            f"{run.name}.json",
            "application/json",
            icon=":material/download:",
        )
        weights = run.folder / "last.safetensors"
        st.download_button(
            "Weights",
            (lambda: weights.read_bytes()) if weights.exists() else b"",
            f"{run.name}.safetensors",
            icon=":material/download:",
            disabled=not weights.exists(),
        )
        averaged = run.folder / "ema.safetensors"
        if averaged.exists():
            st.download_button(
                "Averaged weights",
                lambda: averaged.read_bytes(),
                f"{run.name}-averaged.safetensors",
                icon=":material/download:",
            )
        _report(run)
        label = "Delete" if len(chosen) == 1 else f"Delete {len(chosen)} runs"
        if st.button(label, icon=":material/delete:", key="delete"):
            _confirm_delete([entry.name for entry in chosen])


def _report(run: Run) -> None:
    """Made when asked for: it takes seconds, and needs the images."""
    made = state.recall("report", {})
    if made.get("run") == run.name:
        st.download_button(
            "Download the report",
            made["zip"],
            f"{run.name}-report.zip",
            "application/zip",
            icon=":material/download:",
            type="primary",
            key="report_download",
        )
        return
    if st.button(
        "Report",
        icon=":material/description:",
        key="report",
        disabled=not state.follower(run).rows("epochs"),
        help="Markdown with curves, the layer table, the verdict and ten mistakes, as a zip file.",
    ):
        with errors.shown(), st.spinner("Writing the report"):
            state.remember("report", {"run": run.name, "zip": _zipped(run)})
            st.rerun()


def _zipped(run: Run) -> bytes:
    from core.export import report

    with tempfile.TemporaryDirectory() as folder:
        written = report.write(run, Path(folder), state.image_set)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(written.parent.iterdir()):
                archive.write(file, file.name)
    return content.getvalue()


@st.dialog("Delete for good?")
def _confirm_delete(names: list[str]) -> None:
    st.markdown("Curves, weights and predictions of these runs will be gone:")
    for name in names:
        st.markdown(f"- {format.run_title(state.run_named(name))}")
    if st.button("Delete", type="primary", key="delete_for_good", on_click=_delete, args=(names,)):
        st.rerun()


def _delete(names: list[str]) -> None:
    try:
        for name in names:
            store.delete(state.run_named(name))
    except LabError as error:
        state.remember("delete_problem", str(error))
    state.watch(None)
    state.overlay([])
