"""The Augmentations page's facts: the data set, the assignment's clauses, the policy as code."""

import streamlit as st

from core.analysis.rules.augmentation import clauses
from core.analysis.rules.thresholds import thresholds
from core.augment import preview
from core.augment.code.parse import Reading, read
from core.augment.code.render import FORMATS, write
from core.augment.code.url import to_link
from core.augment.policies import name_of
from core.augment.policy import Policy
from core.data.image_set import ImageSet
from core.data.statistics import class_counts
from core.errors import LabError
from lab import cached_results, errors, lessons
from lab.augmentations.editing import PolicyEditor, pick
from lab.augmentations.images import shape
from lab.charts import augmentation
from lab.components.chart import chart
from lab.images import html

_TITLES = {
    "albumentations-2": "albumentations 2",
    "albumentations-1": "albumentations 1.x",
    "json": "JSON",
    "yaml": "YAML",
}
_SUFFIX = {"json": "json", "yaml": "yaml"}


def show_data(editor: PolicyEditor, images: ImageSet) -> None:
    """Class balance, mean and standard deviation, pixel values; before and after the policy."""
    effect = cached_results.policy_effect(images.source, to_link(editor.current))
    left, right = st.columns(2, gap="medium")
    classes = len(images.class_names)
    with left:
        chart(
            augmentation.balance(
                images.class_names,
                class_counts(images.train_labels, classes),
                class_counts(images.test_labels, classes),
            ),
            "balance",
        )
    with right:
        chart(augmentation.levels(effect), "levels")
    rows = []
    for channel, name in enumerate(("red", "green", "blue")):
        rows.append(
            {
                "Channel": name,
                "Mean before": effect.mean_before[channel],
                "Mean after": effect.mean_after[channel],
                "Std before": effect.std_before[channel],
                "Std after": effect.std_after[channel],
                "Normalized mean": effect.normalized_mean[channel],
                "Normalized std": effect.normalized_std[channel],
            }
        )
    st.dataframe(
        rows, hide_index=True, width="stretch",
        column_config={
            key: st.column_config.NumberColumn(format="%.3f") for key in rows[0] if key != "Channel"
        },
    )  # fmt: skip
    total = len(images.train_images), len(images.test_images)
    st.caption(
        f"{images.title}: {total[0]:,} training and {total[1]:,} test images of "
        f"{len(images.class_names)} classes. Before and after are measured on "
        f"{effect.count:,} training images, from 0 to 1. Without augmentation a network is given "
        "mean 0 and standard deviation 1; black corners and holes move both."
    )


def show_assignment(policy: Policy) -> None:
    """The assignment's sentence, clause by clause."""
    found = clauses(policy, thresholds())
    met = sum(clause.passed for clause in found)
    st.markdown(f"**{met} of {len(found)} clauses** of the assignment are met.")
    lines = ["| | The assignment | Here | What to do |", "|---|---|---|---|"]
    for clause in found:
        sign = ":green[✓]" if clause.passed else ":red[✗]"
        lines.append(f"| {sign} | `{clause.asked}` | {clause.found} | {clause.advice} |")
    st.markdown("\n".join(lines))
    lessons.show("augment_assignment")


def show_code(editor: PolicyEditor, images: ImageSet) -> None:
    """The policy to be copied, and a box to paste one into."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Copy", anchor=False)
        form = st.segmented_control(
            "Spelling", FORMATS, default=FORMATS[0], required=True, format_func=_TITLES.__getitem__,
            key="code_format", persist_state="session", label_visibility="collapsed", wrap=True,
        )  # fmt: skip
        text = write(editor.current, form, images.mean, images.std)
        kind = _SUFFIX.get(form, "python")
        st.code(text, language=kind, wrap_lines=True)
        st.download_button(
            "Download", text, f"policy.{_SUFFIX.get(form, 'py')}", icon=":material/download:",
            on_click="ignore", key="code_download",
        )  # fmt: skip
    with right:
        st.subheader("Paste", anchor=False)
        pasted = st.text_area(
            "Code for albumentations 1.x or 2, JSON or YAML", height=220, key="pasted",
            persist_state="session", placeholder="train_transform = A.Compose([ ... ])",
            help="It is read, never executed.",
        )  # fmt: skip
        st.button("Read it", icon=":material/menu_book:", key="read_pasted")
        if pasted.strip():
            try:
                _show_reading(editor, images, read(pasted, images.mean, images.std))
            except LabError as error:
                st.error(str(error), icon=":material/error:")


def _show_reading(editor: PolicyEditor, images: ImageSet, reading: Reading) -> None:
    known = name_of(reading.policy)
    origin = {0: "It is a policy", 1: "Written for albumentations 1.x", 2: "Written for version 2"}
    same = f"; it is the policy *{known}*" if known else ""
    st.success(f"{origin[reading.version]}{same}.", icon=":material/check_circle:")
    st.button("Use it", type="primary", icon=":material/input:", key="use_pasted",
              on_click=editor.load, args=(reading.policy,))  # fmt: skip
    if reading.happens is not None and reading.happens != reading.policy:
        _show_difference(images, reading.policy, reading.happens)
    if reading.findings:
        with st.expander(f"{len(reading.findings)} remarks", expanded=True):
            st.markdown("\n".join(f"- {finding.words}" for finding in reading.findings))


def _show_difference(images: ImageSet, meant: Policy, happens: Policy) -> None:
    """The same images under what was meant and under what the text would do today.

    What differs is applied to every image, so that the difference is seen.
    """
    rows = pick(images.train_labels, 0, 5, None)
    pairs = zip(meant.image_steps, happens.image_steps, strict=False)
    differing = {one.name for one, other in pairs if one != other}
    for title, policy in (
        ("Meant (albumentations 1.x)", meant),
        ("The same text, run by the installed version", happens),
    ):
        always = Policy(
            tuple(
                x.replace(p=1.0) if x.name in differing and "p" in x.parameters else x
                for x in policy.image_steps
            )
        )
        with errors.shown():
            made = preview.apply(always, images.train_images[rows], images.mean, images.std, 0)
            st.markdown(f"**{title}**")
            st.html(html.grid(shape(made.images), 5, names=[title] * len(rows)))
