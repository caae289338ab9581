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
from lab.augmentations.editing import Bench
from lab.layout import page_link

_OWN = "Your own"


def show(bench: Bench) -> Policy:
    """Draw the panel; the policy as it is set now, which `bench` keeps as current."""
    _named(bench)
    if bench.trouble:
        st.error(bench.trouble, icon=":material/error:")
    transforms = [
        _card(bench, place, transform) for place, transform in enumerate(bench.base.transforms)
    ]
    try:
        bench.current = Policy(tuple(transforms))
    except LabError as error:
        st.error(str(error), icon=":material/error:")
    if not bench.base.transforms:
        st.info("No transform: the images stay as they are. Add one below.")
    _add(bench)
    _verdict(bench.current)
    return bench.current


def _named(bench: Bench) -> None:
    known = name_of(bench.current)
    names = [*POLICIES] if known else [_OWN, *POLICIES]
    key = f"policy_{bench.version}_{known}"  # a widget of its own whenever the answer changes

    def chosen() -> None:
        name = state.just_set(key)
        if name != _OWN:
            bench.choose(POLICIES[name].policy)

    st.selectbox(
        "Policy",
        names,
        names.index(known or _OWN),
        lambda name: POLICIES[name].label if name in POLICIES else name,
        key=key,
        on_change=chosen,
        help="  \n".join(f"**{entry.label}**: {entry.help}" for _, entry in POLICIES.items()),
    )
    row = st.container(horizontal=True, gap="small")
    row.button(
        "Re-roll", icon=":material/casino:", width="stretch", type="primary", key="reroll",
        on_click=lambda: setattr(bench, "roll", bench.roll + 1),
        help="Draw again: the same images, other angles, places and flips.",
    )  # fmt: skip
    row.button(
        "Undo", icon=":material/undo:", width="stretch", key="undo", on_click=bench.undo,
        disabled=not bench.past, help="Back to the policy before the last change of its list.",
    )  # fmt: skip


def _card(bench: Bench, place: int, transform: Transform) -> Transform:
    """One transform: its main settings, and all of them with its place in the list if asked."""
    record = transform.record
    key = f"t{bench.version}_{place}"
    now = bench.current.transforms[place].parameters  # what is not drawn keeps its value
    values = dict(now)
    with st.container(border=True, gap="xsmall"):
        # not columns: those go below each other on a narrow screen
        row = st.container(horizontal=True, vertical_alignment="top", gap="small")
        first = row.container(gap="xsmall")
        row.button(
            "", icon=":material/tune:", key=f"{key}_more", on_click=bench.open, args=(place,),
            type="primary" if place in bench.opened else "secondary",
            help=f"{record.help} Press for all settings, to move it or to remove it.",
        )  # fmt: skip
        shown = record.parameters if place in bench.opened else record.parameters[: record.main]
        for number, entry in enumerate(shown):
            label = f"**{record.label}** · {entry.label.lower()}" if not number else ""
            with first:
                values[entry.name] = parameter_controls.control(
                    entry, now[entry.name], f"{key}_{entry.name}", label
                )
        if place in bench.opened:
            _places(bench, place, key)
    try:
        return Transform(transform.name, values)
    except LabError as error:
        st.error(str(error), icon=":material/error:")
        return bench.current.transforms[place]


def _places(bench: Bench, place: int, key: str) -> None:
    last = len(bench.base.transforms) - 1
    row = st.container(horizontal=True, gap="small")
    row.button(
        "", icon=":material/arrow_upward:", key=f"{key}_up", disabled=place == 0,
        on_click=bench.move, args=(place, -1), help="Earlier in the list",
    )  # fmt: skip
    row.button(
        "", icon=":material/arrow_downward:", key=f"{key}_down", disabled=place == last,
        on_click=bench.move, args=(place, 1), help="Later in the list",
    )  # fmt: skip
    row.button(
        "Remove", icon=":material/delete:", key=f"{key}_away",
        on_click=bench.remove, args=(place,),
    )  # fmt: skip


def _add(bench: Bench) -> None:
    key = f"add_{bench.version}"

    def chosen() -> None:
        name = state.just_set(key)
        if name:
            bench.add(name)

    st.selectbox(
        "Add a transform",
        TRANSFORMS.names(),
        None,
        lambda name: TRANSFORMS[name].label,
        key=key,
        on_change=chosen,
        placeholder="Add a transform",
        label_visibility="collapsed",
        disabled=len(bench.base.transforms) >= MAX_TRANSFORMS,
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
