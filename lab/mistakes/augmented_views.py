"""Mistakes: what the augmentation policy does to one image, and to its prediction."""

import streamlit as st

from core.augment import policies
from core.augment.policy import Policy
from core.data.sources import catalogue
from core.mistakes.augmented_views import AugmentedViews
from lab import cached_results, models, state
from lab.images import html
from lab.mistakes.evaluated_model import EvaluatedModel

_COLUMNS = 6


def show(model: EvaluatedModel, index: int) -> None:
    """Augmented views of the image, the prediction for each, and a sentence on them."""
    model.check_explainable()
    policy, whose = _policy(model)
    roll = int(state.recall("mistakes_roll", 0))
    source = catalogue.check_open(model.predictions.data)
    with st.spinner("Predicting the augmented views"):
        made = cached_results.augmented(model.ref, source, index, policy, roll)
    names = model.predictions.class_names
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(in_words(made, names, int(model.predictions.labels[index])), width="stretch")
        st.button(
            "Resample",
            icon=":material/casino:",
            key="mistakes_reroll",
            help="Augment the image anew, with other random numbers.",
            on_click=state.remember,
            args=("mistakes_roll", roll + 1),
        )
    st.html(_grid(made, names))
    mixed = " MixUp and CutMix need a second image and are left out." if policy.mixes else ""
    st.caption(f"{whose} An orange frame: the predicted class changed.{mixed}")


def _grid(made: AugmentedViews, names: tuple[str, ...]) -> str:
    """The views, each with its prediction; framed where the predicted class changed."""
    predicted = made.predicted.tolist()
    confidence = made.probabilities.max(1).values.tolist()
    return html.grid(
        made.images.permute(0, 2, 3, 1).numpy(),
        _COLUMNS,
        names=[
            "; ".join(step.words for step in record if step.changed) or "unchanged"
            for record in made.records
        ],
        captions=[
            html.words(names[each], f"confidence {share:.0%}")
            for each, share in zip(predicted, confidence, strict=True)
        ],
        framed=[each != made.original_class for each in predicted],
    )


def _policy(model: EvaluatedModel) -> tuple[Policy, str]:
    """The policy of its training, and a sentence that says whose it is and what is in it."""
    fallback = policies.named("assignment")
    if model.run is None:
        recipe = models.recipe_of(model.ref.path)
        if recipe is None:
            note = "A weights file names no policy; this is the assignment's"
            return fallback, f"{note}: {_all(fallback)}."
        own = recipe.config.policy
        return own, f"The policy of the recipe {recipe.label} that trained it: {_all(own)}."
    own = model.run.config.policy
    if not own.transforms:
        note = "This run was trained without augmentation; this is the assignment's policy instead"
        return fallback, f"{note}: {_all(fallback)}."
    name = policies.name_of(own)
    known = f" ({policies.POLICIES[name].label.lower()})" if name else ""
    return own, f"The policy that this run was trained with{known}: {_all(own)}."


def _all(policy: Policy) -> str:
    return ", ".join(each.record.label.lower() for each in policy.transforms)


def in_words(made: AugmentedViews, names: tuple[str, ...], label: int) -> str:
    """How many views keep the predicted class, how probable it is; how many become correct."""
    count, original = len(made.images), made.original_class
    name = names[original]
    words = (
        f"{made.count_predicted(original)} of {count} views are still predicted as **{name}**; its "
        f"mean probability is **{made.mean(original):.0%}**, and "
        f"{float(made.original[original]):.0%} for the original image."
    )
    if original != label:
        correct = made.count_predicted(label)
        words += f" {correct} of {count} are predicted as **{names[label]}**, which is correct."
    return words
