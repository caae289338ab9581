"""The Augmentations page's views of images: grid, one image many times, step by step, mixed."""

import streamlit as st
import torch
from torch import Tensor

from core.augment import preview
from core.augment.policy import Policy, Transform
from core.data.image_set import ImageSet
from lab import lessons
from lab.augmentations.editing import PolicyEditor, pick
from lab.images import html
from lab.images.sheets import Pixels

COUNT = 16  # images on the first screen
_ALL = "All classes"


def choose(editor: PolicyEditor, images: ImageSet) -> Tensor:
    """The row above the tabs: which images; int64, their places among the training images."""
    row = st.container(horizontal=True, gap="small")
    name = row.selectbox(
        "Images of", [_ALL, *images.class_names], key="shown_class", persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip
    row.button(
        "Other images", icon=":material/collections:", width=190, key="others",
        on_click=lambda: setattr(editor, "first", editor.first + COUNT),
    )  # fmt: skip
    label = None if name == _ALL else images.class_names.index(name)
    return pick(images.train_labels, editor.first, COUNT, label)


def shape(images: Tensor) -> Pixels:
    """uint8 (N, 3, H, W) as (N, H, W, 3)."""
    return images.permute(0, 2, 3, 1).contiguous().numpy()


def show_grid(editor: PolicyEditor, images: ImageSet, rows: Tensor) -> None:
    """Sixteen originals beside what the policy makes of them."""
    originals = images.train_images[rows]
    names = [images.class_names[x] for x in images.train_labels[rows].tolist()]
    made = preview.apply(editor.current, originals, images.mean, images.std, editor.seed)
    st.html(html.pairs(shape(originals), shape(made.images), names))
    if made.note:
        st.info(made.note, icon=":material/info:")


def show_one(editor: PolicyEditor, images: ImageSet, rows: Tensor) -> None:
    """One image as the network would meet it, epoch after epoch."""
    row = _one(rows, images)
    copies = images.train_images[row].expand(COUNT - 1, -1, -1, -1)
    made = preview.apply(editor.current, copies, images.mean, images.std, editor.seed)
    name = images.class_names[int(images.train_labels[row])]
    changed = [sum(step.changed for step in record) for record in made.records]
    captions = [
        html.words("original"),
        *(
            html.words(f"epoch {number}", _count(steps), dim=True)
            for number, steps in enumerate(changed, 1)
        ),
    ]
    st.markdown(f"The same **{name}** in fifteen epochs:")
    together = [images.train_images[row][None], made.images]
    st.html(
        html.grid(
            shape(torch.cat(together)), 6, captions=captions,
            names=["original", *(f"{name}, epoch {x}" for x in range(1, COUNT))],
        )
    )  # fmt: skip


def _count(steps: int) -> str:
    return "unchanged" if not steps else f"{steps} change{'s' if steps > 1 else ''}"


def _one(rows: Tensor, images: ImageSet) -> int:
    place = st.select_slider(
        "Image", list(range(1, len(rows) + 1)), key="one_image", persist_state="session",
        format_func=lambda x: f"{x}: {images.class_names[int(images.train_labels[rows[x - 1]])]}",
        help="One of the sixteen on the first tab.",
    )  # fmt: skip
    return int(rows[place - 1])


def show_steps(editor: PolicyEditor, images: ImageSet, rows: Tensor) -> None:
    """The image after each transform, with what was sampled; three samples below each other."""
    steps = [x for x in editor.current.transforms if x.record.level != "batch"]
    row = _one(rows, images)
    if not steps:
        st.info("The policy holds no transform for single images. Add one at the left.")
        return
    copies = images.train_images[row].expand(3, -1, -1, -1)
    made = preview.apply(editor.current, copies, images.mean, images.std, editor.seed)
    columns = len(steps) + 1
    for draw, record in enumerate(made.records):
        stages = torch.cat([images.train_images[row][None], *(x[draw][None] for x in made.stages)])
        name = images.class_names[int(images.train_labels[row])]
        captions = [html.words(f"Sample {draw + 1}", name)]
        captions += [
            html.words(f"{place}. {step.record.label}", applied.words, dim=not applied.changed)
            for place, (step, applied) in enumerate(zip(steps, record, strict=True), 1)
        ]
        st.html(
            html.grid(
                shape(stages), columns, captions=captions,
                names=["original", *(f"after {step.record.label}" for step in steps)],
                framed=[False, *(applied.changed for applied in record)],
                widest=f"{13 * columns}rem",
            )
        )  # fmt: skip
    st.caption("An orange edge marks a step that changed the image. Places are pixels from the "
               "left and from the top.")  # fmt: skip


def show_mixed(editor: PolicyEditor, images: ImageSet, rows: Tensor) -> None:
    """MixUp or CutMix on eight images, the mixed labels below each."""
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    name = left.segmented_control(
        "Mix", ["MixUp", "CutMix"], default="MixUp", required=True, key="mix_kind",
        persist_state="session",
    )  # fmt: skip
    found = next((x for x in editor.current.transforms if x.name == name), None)
    transform = found or Transform(name)
    record = transform.record.parameters[0]
    alpha = right.slider(
        record.label, float(record.minimum), float(record.maximum),
        float(transform.parameters["alpha"]), float(record.step),
        key=f"mix_alpha_{name}_{editor.version}", help=record.help,
    )  # fmt: skip
    chosen = rows[:8]
    labels = images.train_labels[chosen]
    augmented = preview.apply(
        Policy(tuple(x for x in editor.current.transforms if x.record.level != "batch")),
        images.train_images[chosen], images.mean, images.std, editor.seed,
    ).images  # fmt: skip
    made = preview.mix(name, alpha, augmented, labels, len(images.class_names), editor.seed)
    captions = []
    for shares in made.targets:
        ranked = sorted(enumerate(shares.tolist()), key=lambda pair: -pair[1])
        captions.append(html.bars([(images.class_names[i], x) for i, x in ranked[:2] if x > 0]))
    st.html(
        html.grid(shape(made.images), 4, captions=captions, widest="56rem",
                      names=[f"mixed image {x + 1}" for x in range(len(chosen))])
    )  # fmt: skip
    share = f"{100 * made.mixture.share:.0f}%"
    how = "of its own brightness" if made.mixture.box is None else "of its own area"
    st.markdown(
        f"In this batch each image keeps **{share}** {how}, and its label {share} of its weight. "
        "Resample for another mixture."
    )
    if found is None:
        st.button(f"Add {name} to the policy", icon=":material/add:", key="add_mix",
                  on_click=editor.add, args=(name,))  # fmt: skip
    lessons.show("augment_mix")
