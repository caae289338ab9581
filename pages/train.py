"""Train: settings at the left, the run at the right with live curves, all runs below."""

from lab.layout import columns, title
from lab.train import form as training_form
from lab.train import live as training_live
from lab.train import runs

title("Train", "Choose, press Start, and watch. Leave the page or close the tab: the run goes on.")

form, live = columns(3, 8)
with form:
    training_form.show()
with live:
    training_live.show()
runs.show()
