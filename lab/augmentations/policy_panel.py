"""The left side of the Augmentations page: the policy, a card for each transform."""

import streamlit as st

from core.analysis.rules.augmentation import clauses
from core.analysis.rules.thresholds import thresholds
from core.augment.policies import POLICIES, name_of
from core.augment.policy import MAX_TRANSFORMS, Policy, Transform
from core.augment.transforms.catalogue import TRANSFORMS
from core.errors import LabError
from lab import state
from lab.augmentations import parameter_controls
from lab.augmentations.editing import PolicyEditor
from lab.layout import page_link


def show(editor: PolicyEditor) -> None:
    """Draw the panel; `editor` takes over what it is set to."""
    top = st.container(gap="small")  # filled last, when it is known what the cards are set to
    transforms = [
        _card(editor, place, transform) for place, transform in enumerate(editor.current.transforms)
    ]
    try:
        editor.set(Policy(tuple(transforms)))
    except LabError as error:
        st.error(str(error), icon=":material/error:")
    if not editor.current.transforms:
        st.info("No transform: the images stay as they are. Add one below.")
    _add(editor)
    _verdict(editor.current)
    with top:
        _head(editor)


def _head(editor: PolicyEditor) -> None:
    known = name_of(editor.current)
    # It never shows a choice of its own: one that had to follow the sliders would be a second
    # writer of the policy, and late answers of the browser would set it back.
    key = f"policy_{editor.version}"

    def chosen() -> None:
        name = state.just_set(key)
        if name:
            editor.load(POLICIES[name].policy)

    st.selectbox(
        "Policy",
        POLICIES.names(),
        None,
        lambda name: POLICIES[name].label,
        key=key,
        on_change=chosen,
        placeholder=POLICIES[known].label if known else "Your own",
        help="  \n".join(f"**{entry.label}**: {entry.help}" for _, entry in POLICIES.items()),
    )
    if editor.message:
        st.error(editor.message, icon=":material/error:")
    row = st.container(horizontal=True, gap="small")
    row.button(
        "Resample", icon=":material/casino:", width="stretch", type="primary", key="resample",
        on_click=lambda: setattr(editor, "seed", editor.seed + 1),
        help="The same images with other angles, places and flips.",
    )  # fmt: skip
    row.button(
        "", icon=":material/undo:", key="undo", on_click=editor.undo,
        disabled=not editor.past, help="Undo the last change of the policy",
    )  # fmt: skip
    row.button(
        "", icon=":material/redo:", key="redo", on_click=editor.redo,
        disabled=not editor.future, help="Redo what was undone",
    )  # fmt: skip


def _card(editor: PolicyEditor, place: int, transform: Transform) -> Transform:
    """One transform: its main settings, and all of them with its place in the list if asked."""
    record = transform.record
    key = f"t{editor.version}_{place}"
    now = editor.current.transforms[place].parameters  # what is not shown keeps its value
    values = dict(now)
    with st.container(border=True, gap="xsmall"):
        # not columns: those go below each other on a narrow screen
        row = st.container(horizontal=True, vertical_alignment="top", gap="small")
        first = row.container(gap="xsmall")
        row.button(
            "", icon=":material/tune:", key=f"{key}_more", on_click=editor.open, args=(place,),
            type="primary" if place in editor.opened else "secondary",
            help=f"{record.help} Press for all settings, to move it or to remove it.",
        )  # fmt: skip
        shown = record.parameters if place in editor.opened else record.parameters[: record.main]
        for number, entry in enumerate(shown):
            label = f"{record.label} · {entry.label.lower()}" if not number else ""
            with first:
                values[entry.name] = parameter_controls.control(
                    entry, now[entry.name], f"{key}_{entry.name}", label
                )
        if place in editor.opened:
            _places(editor, place, key)
    try:
        return Transform(transform.name, values)
    except LabError as error:
        st.error(str(error), icon=":material/error:")
        return editor.current.transforms[place]


def _places(editor: PolicyEditor, place: int, key: str) -> None:
    last = len(editor.current.transforms) - 1
    row = st.container(horizontal=True, gap="small")
    row.button(
        "", icon=":material/arrow_upward:", key=f"{key}_up", disabled=place == 0,
        on_click=editor.move, args=(place, -1), help="Earlier in the list",
    )  # fmt: skip
    row.button(
        "", icon=":material/arrow_downward:", key=f"{key}_down", disabled=place == last,
        on_click=editor.move, args=(place, 1), help="Later in the list",
    )  # fmt: skip
    row.button(
        "Remove", icon=":material/delete:", key=f"{key}_away",
        on_click=editor.remove, args=(place,),
    )  # fmt: skip


def _add(editor: PolicyEditor) -> None:
    key = f"add_{editor.version}"

    def chosen() -> None:
        name = state.just_set(key)
        if name:
            editor.add(name)

    st.selectbox(
        "Add a transform",
        TRANSFORMS.names(),
        None,
        lambda name: TRANSFORMS[name].label,
        key=key,
        on_change=chosen,
        placeholder="Add a transform",
        label_visibility="collapsed",
        disabled=len(editor.current.transforms) >= MAX_TRANSFORMS,
    )


def _verdict(policy: Policy) -> None:
    found = clauses(policy, thresholds())
    met = sum(clause.passed for clause in found)
    if met == len(found):
        st.success("As the assignment asks.", icon=":material/check_circle:")
    else:
        st.warning(
            f"{met} of the assignment's {len(found)} clauses are met; see **Assignment**.",
            icon=":material/rule:",
        )
    page_link("train", "Train with it")
