"""Every handler by the name of its operation. What torch tags as pointwise needs none."""

from core.analysis.receptive_field.propagation.reductions import REDUCTIONS
from core.analysis.receptive_field.propagation.views import VIEWS
from core.analysis.receptive_field.propagation.windows import WINDOWS

HANDLERS = {**WINDOWS, **REDUCTIONS, **VIEWS}
