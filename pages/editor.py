"""Editor: a network as a table of layers, with everything that follows from it."""

import streamlit as st

from core.analysis.inspect import of_config, of_rows
from core.analysis.rules.check import check
from core.errors import LabError
from core.networks import building
from core.networks.table import RowError
from lab.editor import loading, row_tools, saving, status_bar, table
from lab.errors import shown
from lab.layout import title
from lab.networks import summary
from lab.pages import Page

PAGE = Page(
    "Editor",
    ":material/edit_note:",
    30,
    "Change a layer and watch receptive field, parameters and verdict follow.",
)

title(PAGE.title, PAGE.summary)


def result(rows: table.Rows) -> None:
    """What the table makes, up to the first row that does not work; the figures go into `bar`."""
    before = of_config(building.resolve(loading.loaded()))
    try:
        inspection = of_rows(rows)
    except LabError as error:
        bar.error(str(error), icon=":material/error:")
        if isinstance(error, RowError) and error.row > 0:
            st.caption(f"The layers above row {error.row + 1}:")
            summary.layer_table(of_rows(rows[: error.row]), "part")
        return
    with bar:
        summary.problem(inspection)
        status_bar.show(inspection, before)
    saving.keep(rows)
    summary.verdict(check(inspection))
    summary.field_chart([before, inspection], "edit")
    summary.layer_table(inspection, "edit")


with shown():
    loading.start()
    bar = st.container(key=status_bar.KEY)
    st.caption("Click a cell to change it; the last, empty row adds a layer.")
    edited = table.table()
    loading.share(edited)
    row_tools.show()  # below the table, whose own tools lie over what stands above it
    with shown():
        result(edited)
    saving.delete()
