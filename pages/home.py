"""Home: watch a network learn, the rules of the assignment, and what is where."""

from functools import partial

import streamlit as st

from lab import errors, lessons
from lab.home import demo, facts
from lab.layout import columns, title
from lab.pages import Page

PAGE = Page(
    "Home",
    ":material/home:",
    0,
    "Change a network and its augmentations, see at once what that does, watch it train, and "
    "study its mistakes.",
)

title("CIFAR-10 lab", PAGE.summary)
left, right = columns(7, 5)
with left:
    with errors.shown():
        demo.show()
    with errors.shown():
        st.subheader("The pages", anchor=False)
        facts.show_pages()
with right:
    for heading, draw in (
        ("The assignment", partial(lessons.show, "assignment")),
        ("Images", facts.show_images),
        ("Device", facts.show_device),
        ("Last run", facts.show_last_run),
    ):
        with errors.shown():
            st.subheader(heading, anchor=False)
            draw()
