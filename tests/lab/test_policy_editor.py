"""Undo and Redo cover every change of a policy, and a slider that moves is one step."""

import pytest

from core.augment.policies import named
from core.augment.policy import Policy, Transform
from lab.augmentations.editing import PolicyEditor, seed_of

START = named("assignment")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def editor(clock: Clock) -> PolicyEditor:
    return PolicyEditor(clock=clock)


def turned(degrees: float, policy: Policy = START) -> Policy:
    flip, shift, hole = policy.transforms
    return Policy((flip, shift.replace(rotate_limit=(-degrees, degrees)), hole))


def flipped(p: float, policy: Policy = START) -> Policy:
    flip, *others = policy.transforms
    return Policy((flip.replace(p=p), *others))


def test_a_moving_slider_is_one_step(editor: PolicyEditor, clock: Clock) -> None:
    for degrees in (44, 43, 42, 41):
        editor.set(turned(degrees))
        clock.now += 0.3
    assert editor.past == [START]
    editor.undo()
    assert (editor.current, editor.past) == (START, [])
    editor.redo()
    assert editor.current == turned(41)


def test_a_slider_that_rested_makes_a_new_step(editor: PolicyEditor, clock: Clock) -> None:
    editor.set(turned(44))
    clock.now += 5
    editor.set(turned(30))
    assert editor.past == [START, turned(44)]


def test_another_slider_makes_a_new_step_at_once(editor: PolicyEditor) -> None:
    editor.set(turned(44))
    editor.set(flipped(0.9, turned(44)))
    assert editor.past == [START, turned(44)]


def test_what_widgets_repeat_is_no_step(editor: PolicyEditor) -> None:
    for _ in range(3):
        editor.set(START)
    editor.load(START)
    assert editor.past == []


def test_every_kind_of_change_can_be_undone_and_redone(editor: PolicyEditor, clock: Clock) -> None:
    seen = [editor.current]
    for change in (
        lambda: editor.set(turned(10)),
        lambda: editor.add("ToGray"),
        lambda: editor.move(0, 1),
        lambda: editor.remove(0),
        lambda: editor.load(named("summit")),
        lambda: editor.set(flipped(0.25, named("summit"))),
    ):
        clock.now += 10
        change()
        assert editor.current != seen[-1]
        seen.append(editor.current)
    for wanted in reversed(seen[:-1]):
        editor.undo()
        assert editor.current == wanted
    assert not editor.past
    for wanted in seen[1:]:
        editor.redo()
        assert editor.current == wanted
    assert not editor.future


def test_a_change_after_undo_forgets_what_was_undone(editor: PolicyEditor) -> None:
    editor.add("ToGray")
    editor.undo()
    editor.set(turned(3))
    assert editor.future == []
    editor.redo()
    assert editor.current == turned(3)


def test_widgets_begin_anew_only_where_the_policy_did_not_come_from_them(
    editor: PolicyEditor,
) -> None:
    editor.set(turned(40))
    assert editor.version == 0
    editor.undo()
    assert editor.version == 1
    editor.load(Policy((Transform("ToGray"),)))
    assert editor.version == 2


def test_a_move_that_may_not_be_is_said_and_is_no_step(editor: PolicyEditor) -> None:
    editor.load(Policy((Transform("ColorJitter"), Transform("Normalize"))))
    steps = list(editor.past)
    editor.move(0, 1)
    assert "put it before Normalize" in editor.message
    assert editor.past == steps


def test_a_seed_in_an_address_that_is_none_is_left_out() -> None:
    assert seed_of("12") == 12
    for text in ("", "²", "٣", "9" * 30, "-1", "1.5", "x", "\ud800"):
        assert seed_of(text) == 0
