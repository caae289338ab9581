"""A page is added by one file: navigation, Home and the list of the browser's tests have it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from core.paths import REPOSITORY

PAGE = '''"""Echo: says what is written."""

import streamlit as st

from lab.layout import title
from lab.pages import Page

PAGE = Page("Echo", ":material/campaign:", 55, "Write a word and see it come back.")

title(PAGE.title, PAGE.summary)
st.markdown(f"It says: {st.text_input('Word', 'cat', key='word')}")
'''

SCRIPT = """
import json
from streamlit.testing.v1 import AppTest
from lab.pages import pages
from tests.e2e.browser import PAGES

found = {"order": list(pages()), "browser": PAGES}
home = AppTest.from_file("lab/Home.py", default_timeout=100).run()
assert not home.exception, home.exception
found["home"] = [each.value for each in home.markdown]
app = home.switch_page("../pages/echo.py").run()
assert not app.exception, app.exception
found["page"] = [each.value for each in [*app.title, *app.markdown]]
print(json.dumps(found))
"""


def test_a_page_is_one_file(tmp_path: Path) -> None:
    left_out = shutil.ignore_patterns("__pycache__", "screenshots", "weights", "fixtures")
    for room in ("core", "lab", "pages", "assets", "tests"):
        shutil.copytree(REPOSITORY / room, tmp_path / room, ignore=left_out)
    (tmp_path / "pages" / "echo.py").write_text(PAGE, encoding="utf-8")
    environment = {**os.environ, "CIFAR10_LAB_HOME": str(tmp_path / "workspace")}
    environment.pop("PYTHONPATH", None)
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    place = found["order"].index("echo")
    assert found["order"][place - 1 : place + 2] == ["train", "echo", "mistakes"]
    assert found["browser"]["echo"] == "Echo"
    assert ":gray[Write a word and see it come back.]" in found["home"]
    assert found["page"][0] == "Echo"
    assert "It says: cat" in found["page"]
