"""Mistakes: what the augmentation policy does to one image, and to the network's answer."""

import streamlit as st

from core.augment import policies
from core.augment.policy import Policy
from core.data.sources import catalogue
from core.mistakes.augmented_views import AugmentedViews
from lab import cached_results, state
from lab.images import html
from lab.mistakes.model_choice import Subject

_COLUMNS = 6


def show(subject: Subject, index: int) -> None:
    """The image as training could have drawn it, the answer to each, and a sentence on them."""
    subject.check_explainable()
    policy, whose = _policy(subject)
    roll = int(state.recall("mistakes_roll", 0))
    made = cached_results.augmented(
        str(subject.weights_path),
        subject.changed,
        catalogue.check_open(subject.predictions.data),
        index,
        policy,
        roll,
    )
    names = subject.predictions.class_names
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(in_words(made, names, int(subject.predictions.labels[index])), width="stretch")
        st.button(
            "Re-roll",
            icon=":material/casino:",
            key="mistakes_reroll",
            help="Draw the image anew, with other random numbers.",
            on_click=state.remember,
            args=("mistakes_roll", roll + 1),
        )
    said = made.predicted.tolist()
    sure = made.probabilities.max(1).values.tolist()
    st.html(
        html.grid(
            made.images.permute(0, 2, 3, 1).numpy(),
            _COLUMNS,
            names=[
                "; ".join(step.words for step in record if step.changed) or "left as it is"
                for record in made.records
            ],
            captions=[
                html.words(names[each], f"{share:.0%} sure")
                for each, share in zip(said, sure, strict=True)
            ],
            framed=[each != made.original_class for each in said],
        )
    )
    mixed = " MixUp and CutMix need a second image and are left out." if policy.mixes else ""
    st.caption(f"{whose} An orange frame: the answer changed.{mixed}")


def _policy(subject: Subject) -> tuple[Policy, str]:
    """The run's own policy, and a sentence that says whose it is and what is in it."""
    fallback = policies.named("assignment")
    if subject.run is None:
        return (
            fallback,
            f"A weights file names no policy; this is the assignment's: {_all(fallback)}.",
        )
    own = subject.run.config.policy
    if not own.transforms:
        said = "This run was trained without augmentation; here is the assignment's policy instead"
        return fallback, f"{said}: {_all(fallback)}."
    name = policies.name_of(own)
    known = f" ({policies.POLICIES[name].label.lower()})" if name else ""
    return own, f"The policy that this run was trained with{known}: {_all(own)}."


def _all(policy: Policy) -> str:
    return ", ".join(each.record.label.lower() for each in policy.transforms)


def in_words(made: AugmentedViews, names: tuple[str, ...], label: int) -> str:
    """How many drawings keep the answer, how sure of it they are; how many become right."""
    count, answer = len(made.images), made.original_class
    name = names[answer]
    said = (
        f"{made.count_predicted(answer)} of {count} still say **{name}**; the mean probability of "
        f"{name} is **{made.mean(answer):.0%}**, against "
        f"{float(made.original[answer]):.0%} untouched."
    )
    if answer != label:
        said += f" {made.count_predicted(label)} of {count} say **{names[label]}**, which is right."
    return said
