from dataclasses import fields, replace

import pytest

from core.analysis.rules.thresholds import Thresholds, thresholds
from lab import lessons


def test_every_lesson_is_whole() -> None:
    names = [path.stem for path in lessons.FOLDER.glob("*.md")]
    assert "assignment" in names
    for name in names:
        assert "{{" not in lessons.text(name)


def test_the_assignment_s_numbers_are_those_of_the_thresholds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each number is replaced by one that stands nowhere else, and is then found in the text."""
    strange = {
        entry.name: 7919 + 10 * place if entry.type in (int, "int") else 61.5
        for place, entry in enumerate(fields(Thresholds))
    }
    monkeypatch.setattr(lessons, "thresholds", lambda: replace(thresholds(), **strange))
    told = lessons.text("assignment")
    for name in ("max_parameters", "receptive_field", "hole_height", "hole_width"):
        assert f"{strange[name]:,}" in told, name
    assert "61.5%" in told
    assert "200,000" not in told
