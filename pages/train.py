"""Train: settings at the left, the run at the right with live curves, all runs below."""

from lab import training_form, training_live, training_runs
from lab.page import columns, title

title("Train", "Choose, press Start, and watch. Leave the page or close the tab: the run goes on.")

form, live = columns(3, 8)
with form:
    training_form.show()
with live:
    training_live.show()
training_runs.show()
