import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.augment.code.url import to_link
from core.augment.policies import POLICIES, named
from core.augment.policy import Policy, Transform
from core.augment.transforms.catalogue import TRANSFORMS
from lab.augmentations.editing import PolicyEditor
from pages.augmentations import TABS
from tests.pages.conftest import Open


def pictures(app: AppTest) -> list[str]:
    """The images of the page, as they travel."""
    return re.findall(r'<img src="([^"]+)"', " ".join(part.value for part in html(app)))


def html(app: AppTest) -> list[object]:
    return [x for x in app.get("html") if "px" in x.value]


def editor(app: AppTest) -> PolicyEditor:
    found: PolicyEditor = app.session_state["page_policy_editor"]
    return found


def at(app: AppTest, tab: str) -> AppTest:
    app.session_state["view"] = tab
    return app.run()


def test_the_first_screen_shows_sixteen_pairs_and_a_slider_for_each_transform(
    open_page: Open,
) -> None:
    app = open_page("augmentations")
    assert not app.exception
    assert not app.error
    shown = pictures(app)
    assert len(shown) == 32
    originals, augmented = shown[::2], shown[1::2]
    assert len(set(originals)) == 16
    assert sum(one != other for one, other in zip(originals, augmented, strict=True)) >= 10
    labels = [slider.label for slider in app.slider]
    for start in ("Horizontal flip", "Shift, scale, rotate", "Coarse dropout"):
        assert any(label.startswith(start) for label in labels)


def test_a_slider_changes_the_augmented_images_and_nothing_else(open_page: Open) -> None:
    app = open_page("augmentations")
    before = pictures(app)
    app.slider(key="t0_1_rotate_limit").set_value((-180.0, 180.0)).run()
    after = pictures(app)
    assert before[::2] == after[::2]
    assert before[1::2] != after[1::2]
    assert editor(app).current.transforms[1].parameters["rotate_limit"] == (-180, 180)
    assert to_link(editor(app).current) in app.query_params["policy"]
    app.slider(key="t0_1_rotate_limit").set_value((-45.0, 45.0)).run()
    assert pictures(app) == before


def test_resample_samples_again_and_other_images_shows_others(open_page: Open) -> None:
    app = open_page("augmentations")
    before = pictures(app)
    app.button(key="resample").click().run()
    rolled = pictures(app)
    assert before[::2] == rolled[::2]
    assert before[1::2] != rolled[1::2]
    app.button(key="others").click().run()
    assert not set(pictures(app)[::2]) & set(before[::2])


def test_the_images_of_one_class(open_page: Open) -> None:
    app = open_page("augmentations")
    name = app.selectbox(key="shown_class").options[3]
    app.selectbox(key="shown_class").select(name).run()
    alts = re.findall(r'alt="([^"]+), original"', " ".join(x.value for x in html(app)))
    assert alts == [name] * 16


def test_every_named_policy_can_be_shown(open_page: Open) -> None:
    app = open_page("augmentations")
    for version, name in enumerate(sorted(POLICIES, key=lambda name: name == "assignment")):
        shown = app.selectbox(key=f"policy_{version}")
        shown.select(name).run()
        for tab, fewest in (("Images", 32), ("Step by step", 0 if name == "none" else 6)):
            at(app, tab)
            assert not app.exception, (name, tab)
            assert not app.error, (name, tab)
            assert len(pictures(app)) >= fewest, (name, tab)
        assert editor(app).current == named(name)


def test_every_tab_shows_something_and_nothing_fails(open_page: Open) -> None:
    app = open_page("augmentations")
    for tab in TABS:
        at(app, tab)
        assert not app.exception, tab
        assert not app.error, tab
        assert html(app) or app.info or app.code or app.get("plotly_chart") or app.markdown[2:], tab


def test_steps_say_what_was_drawn(open_page: Open) -> None:
    app = at(open_page("augmentations"), "Step by step")
    said = " ".join(x.value for x in html(app))
    assert len(pictures(app)) == 3 * 4
    assert "1. Horizontal flip" in said
    assert "skipped this time" in said or "hole 16x16 at" in said
    app.select_slider(key="one_image").set_value(5).run()
    assert " ".join(x.value for x in html(app)) != said


def test_transforms_are_added_moved_and_removed_and_it_can_be_undone(open_page: Open) -> None:
    app = open_page("augmentations")

    def names() -> list[str]:
        return [x.name for x in editor(app).current.transforms]

    start = names()
    app.selectbox(key="add_0").select("Normalize").run()
    assert names() == [*start, "Normalize"]
    app.selectbox(key="add_1").select("ColorJitter").run()
    assert names() == [*start, "ColorJitter", "Normalize"]  # where it may stand
    app.button(key="t2_3_more").click().run()
    app.button(key="t2_3_down").click().run()
    assert names() == [*start, "ColorJitter", "Normalize"]
    assert "put it before Normalize" in app.error[0].value
    app.button(key="t2_0_more").click().run()
    app.button(key="t2_0_down").click().run()
    assert names()[:2] == [start[1], start[0]]
    app.button(key="t3_0_more").click().run()
    app.button(key="t3_0_away").click().run()
    assert names() == [start[0], start[2], "ColorJitter", "Normalize"]
    for _ in range(4):
        app.button(key="undo").click().run()
    assert names() == start
    assert app.button(key="undo").disabled


def test_settings_that_are_closed_again_keep_their_values(open_page: Open) -> None:
    app = open_page("augmentations")
    app.button(key="t0_1_more").click().run()
    app.slider(key="t0_1_p").set_value(1.0).run()
    app.selectbox(key="t0_1_border_mode").select("wrap").run()
    app.button(key="t0_1_more").click().run()
    assert "t0_1_border_mode" not in {x.key for x in app.selectbox}
    app.slider(key="t0_0_p").set_value(0.0).run()
    parameters = editor(app).current.transforms[1].parameters
    assert (parameters["p"], parameters["border_mode"]) == (1.0, "wrap")
    app.button(key="t0_1_more").click().run()
    assert app.selectbox(key="t0_1_border_mode").value == "wrap"
    assert editor(app).current.transforms[1].parameters["border_mode"] == "wrap"


def test_the_policy_in_the_address_is_opened(lab_home: object, open_page: Open) -> None:
    wanted = Policy((Transform("ToGray", {"p": 1.0}), Transform("CutMix")))
    app = open_page("home")
    app.query_params["policy"] = to_link(wanted)
    app.query_params["roll"] = "7"
    app.switch_page("../pages/augmentations.py").run()
    assert editor(app).current == wanted
    assert editor(app).seed == 7


def test_a_broken_address_is_said_and_the_assignment_s_policy_is_shown(open_page: Open) -> None:
    app = open_page("home")
    app.query_params["policy"] = "ToGray;p=9"
    app.switch_page("../pages/augmentations.py").run()
    assert "ToGray's p is 9" in app.error[0].value
    assert editor(app).current == named("assignment")


def test_a_seed_and_a_policy_that_are_none_are_said(open_page: Open) -> None:
    app = open_page("home")
    app.query_params["roll"] = "²"
    app.query_params["policy"] = "ToGray;p=" + "9" * 30
    app.switch_page("../pages/augmentations.py").run()
    assert not app.exception
    [error] = app.error
    assert error.value.startswith("The policy in the address cannot be used: ToGray's p is 1e+30")
    assert editor(app).seed == 0
    assert editor(app).current == named("assignment")


def test_undo_and_redo_go_through_a_slider_and_a_list(open_page: Open) -> None:
    app = open_page("augmentations")
    start = editor(app).current
    app.slider(key="t0_1_rotate_limit").set_value((-10.0, 10.0)).run()
    app.selectbox(key="add_0").select("ToGray").run()
    assert len(editor(app).current.transforms) == 4
    app.button(key="undo").click().run()
    assert editor(app).current.transforms[1].parameters["rotate_limit"] == (-10, 10)
    app.button(key="undo").click().run()
    assert editor(app).current == start
    assert app.button(key="undo").disabled
    for _ in range(2):
        app.button(key="redo").click().run()
    assert len(editor(app).current.transforms) == 4
    assert app.button(key="redo").disabled


def test_pasted_code_is_read_explained_and_used(open_page: Open) -> None:
    app = at(open_page("augmentations"), "Code")
    assert "A.CoarseDropout(" in app.code[0].value
    text = "A.Compose([A.CoarseDropout(max_holes=1, max_height=8, max_width=8, fill_value=0)])"
    app.text_area(key="pasted").set_value(text).run()
    remarks = " ".join(x.value for x in app.markdown)
    assert "ignores max_holes=1" in remarks
    assert len(pictures(app)) == 10  # meant, and what the installed version would do
    app.button(key="use_pasted").click().run()
    [hole] = editor(app).current.transforms
    assert hole.parameters["hole_height_range"] == (8, 8)
    app.text_area(key="pasted").set_value("__import__('os').system('true')").run()
    assert "There is no transform named" in app.error[0].value


def test_the_assignment_is_judged_clause_by_clause(open_page: Open) -> None:
    app = at(open_page("augmentations"), "Assignment")
    assert "**11 of 11 clauses**" in " ".join(x.value for x in app.markdown)
    app.slider(key="t0_2_hole_width_range").set_value((8, 16)).run()
    said = " ".join(x.value for x in app.markdown)
    assert "**10 of 11 clauses**" in said
    assert "Set hole_width_range to (16, 16)." in said


def test_rotation_without_a_network_says_what_to_do(open_page: Open) -> None:
    app = at(open_page("augmentations"), "Rotation")
    assert "no trained network for these images yet" in app.info[0].value


def test_mixing_shows_shares_of_two_labels(open_page: Open) -> None:
    app = at(open_page("augmentations"), "Mix")
    said = " ".join(x.value for x in html(app))
    assert len(pictures(app)) == 8
    shares = [int(x) for x in re.findall(r"<b>(\d+)%</b>", said)]
    assert 8 <= len(shares) <= 16
    app.button(key="add_mix").click().run()
    assert editor(app).current.transforms[-1].name == "MixUp"


def test_the_page_knows_no_transform_by_name() -> None:
    """Controls come from records: a new record needs no change here."""
    from lab.augmentations import parameter_controls, policy_panel

    for module in (parameter_controls, policy_panel):
        text = Path(str(module.__file__)).read_text("utf-8")
        assert not [name for name in TRANSFORMS if name in text]
