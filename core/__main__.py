"""`python -m core`: the command line."""

import os

from core.allocator import keep_memory
from core.cli import main
from core.networks.building import STUDENT_CODE_VARIABLE

# Who types a command runs files of their own; a server asks for this to be set.
os.environ.setdefault(STUDENT_CODE_VARIABLE, "1")

keep_memory()
raise SystemExit(main())
