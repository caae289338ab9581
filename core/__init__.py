"""Everything the lab can do without a browser. Nothing in here imports streamlit."""

import os

# Threads of arithmetic that wait must sleep, not spin: on a machine that is shared (with a browser,
# with thirty others) a spinning one takes the processor from the very thread it waits for, and a
# training step takes four times as long. OpenMP reads this when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
