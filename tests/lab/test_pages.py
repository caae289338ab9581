from pathlib import Path

import pytest

from lab.pages import Page, pages


def test_pages_come_in_the_order_that_they_declare(tmp_path: Path) -> None:
    for name, order in (("late", 20), ("early", 10)):
        (tmp_path / f"{name}.py").write_text(
            "raise SystemExit('a page is read, not imported')\n"
            f'PAGE = Page("{name.title()}", ":material/home:", {order}, summary="Look.")\n'
        )
    (tmp_path / "__init__.py").write_text("")
    assert list(pages(tmp_path).items()) == [
        ("early", Page("Early", ":material/home:", 10, "Look.")),
        ("late", Page("Late", ":material/home:", 20, "Look.")),
    ]


def test_a_page_that_declares_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "quiet.py").write_text('"""No page."""\n')
    with pytest.raises(LookupError, match=r"quiet\.py declares no page"):
        pages(tmp_path)
