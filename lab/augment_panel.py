"""The left side of the Augmentations page: the policy, a card for each transform."""

import streamlit as st

from core import paths
from core.analysis.thresholds import thresholds
from core.augment.policies import POLICIES, name_of
from core.augment.policy import LARGEST, Policy, Transform
from core.augment.transforms import TRANSFORMS
from core.augment.verdict import clauses
from core.errors import LabError
from lab import controls, state
from lab.augment_bench import Bench

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
    left, right = st.columns(2)
    left.button(
        "Re-roll", icon=":material/casino:", width="stretch", type="primary", key="reroll",
        on_click=lambda: setattr(bench, "roll", bench.roll + 1),
        help="Draw again: the same images, other angles, places and flips.",
    )  # fmt: skip
    right.button(
        "Undo", icon=":material/undo:", width="stretch", key="undo", on_click=bench.undo,
        disabled=not bench.past, help="Back to the policy before the last change of its list.",
    )  # fmt: skip


def _card(bench: Bench, place: int, transform: Transform) -> Transform:
    record = transform.record
    key = f"t{bench.version}_{place}"
    count = len(bench.base.transforms)
    with st.container(border=True, gap="xsmall"):
        first, menu = st.columns([5, 1.3], gap="small")
        values = {}
        for number, entry in enumerate(record.parameters[: record.main]):
            label = f"**{record.label}** · {entry.label.lower()}" if not number else ""
            with first:
                values[entry.name] = controls.control(
                    entry, transform.parameters[entry.name], f"{key}_{entry.name}", label
                )
        with menu.popover("", icon=":material/tune:", help="All settings; move; remove"):
            st.markdown(f"**{record.label}.** {record.help}")
            for entry in record.parameters[record.main :]:
                values[entry.name] = controls.control(
                    entry, transform.parameters[entry.name], f"{key}_{entry.name}"
                )
            up, down, away = st.columns(3)
            up.button(
                "Earlier", icon=":material/arrow_upward:", key=f"{key}_up", width="stretch",
                disabled=place == 0, on_click=bench.move, args=(place, -1),
            )  # fmt: skip
            down.button(
                "Later", icon=":material/arrow_downward:", key=f"{key}_down", width="stretch",
                disabled=place == count - 1, on_click=bench.move, args=(place, 1),
            )  # fmt: skip
            away.button(
                "Remove", icon=":material/delete:", key=f"{key}_away", width="stretch",
                on_click=bench.remove, args=(place,),
            )  # fmt: skip
    try:
        return Transform(transform.name, values)
    except LabError as error:
        st.error(str(error), icon=":material/error:")
        return transform


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
        disabled=len(bench.base.transforms) >= LARGEST,
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
    st.page_link(
        str(paths.REPOSITORY / "pages" / "train.py"), label="Train with it",
        icon=":material/show_chart:",
    )  # fmt: skip
