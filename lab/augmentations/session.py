"""What a session edits on the Augmentations page, in its memory and in the page's address."""

from core.augment.code.url import from_link, to_link
from core.augment.policies import name_of
from core.errors import LabError
from lab import state
from lab.augmentations.editing import DEFAULT, PolicyEditor, seed_of


def editor() -> PolicyEditor:
    """What this session edits; at first what the page's address says."""
    known: PolicyEditor | None = state.recall("policy_editor")
    if known is None:
        known = PolicyEditor()
        link = state.from_url("policy")
        if link:
            try:
                known.current = from_link(link)
            except LabError as error:
                known.message = f"The policy in the address cannot be used: {error}"
        # links of 2026 called it roll
        seed = state.from_url("seed") or state.from_url("roll") or ""
        known.seed = seed_of(seed)
        state.remember("policy_editor", known)
    return known


def share(editor: PolicyEditor) -> None:
    """Put the policy into the page's address and offer it to the Train page."""
    state.to_url("policy", to_link(editor.current))
    state.to_url("seed", str(editor.seed) if editor.seed else None)
    state.to_url("roll", None)
    state.keep_policy(None if name_of(editor.current) == DEFAULT else editor.current)
